"""Google's voice service on this machine, with every way in which the real one was seen, or is feared, to fail."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mode = Literal["ok", "html200", "429", "403", "500", "hang", "second_fails", "no_audio", "id3", "tiny", "cut"]
ID3 = b"ID3\x03\x00\x00\x00\x00\x00\x0aTIT2" + b"\x00" * 6  # a tag at the head of a piece


class Google:
    """`mode` says how it behaves; `asked` is every (text, language) it was sent."""

    def __init__(self, voice: Callable[[str, str], bytes]) -> None:
        self.voice, self.mode, self.asked = voice, "ok", list[tuple[str, str]]()
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Google:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def piece(self, text: str, lang: str) -> bytes | None:
        match self.mode:
            case "no_audio":
                return None
            case "tiny":
                return b"\xff\xf3" * 20
            case "id3":
                return ID3 + self.voice(text, lang)
            case "cut":
                return self.voice(text, lang)[:900]
        return self.voice(text, lang)


def _handler(google: Google) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the library
            return

        def do_GET(self) -> None:
            self._send(429, b"<html>Our systems have detected unusual traffic</html>")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            request = json.loads(urllib.parse.unquote(body.split("f.req=", 1)[1].rstrip("&")))
            text, lang, _, _ = json.loads(request[0][0][1])
            google.asked.append((text, lang))
            match google.mode:
                case "429":
                    self._send(302, b"", Location=f"{google.address}/sorry/index")
                case "403" | "500":
                    self._send(int(google.mode), b"")
                case "html200":
                    self._send(200, b"<html>Before you continue</html>")
                case "hang":
                    google.released.wait(170)
                    self.close_connection = True
                case "second_fails" if len(google.asked) > 1:
                    self._send(503, b"")
                case _:
                    self._speak(google.piece(text, lang))

        def _speak(self, piece: bytes | None) -> None:
            sound = "null" if piece is None else json.dumps(json.dumps([base64.b64encode(piece).decode()]))
            answer = f'[["wrb.fr","jQ1olc",{sound},null,null,null,"generic"]]'
            self._send(200, f")]}}'\n\n{len(answer)}\n{answer}\n".encode(), "application/json")

        def _send(self, code: int, body: bytes, kind: str = "text/html", **headers: str) -> None:
            self.send_response(code)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
