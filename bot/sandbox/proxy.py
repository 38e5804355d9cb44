"""A small reverse proxy, so that page, people's side, Bot API and console share one port. Streams both ways (SSE)."""

from __future__ import annotations

import aiohttp
from aiohttp import web

HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class Proxy:
    """prefix -> base address; the path travels unchanged."""

    def __init__(self, forward: dict[str, str]) -> None:
        self._forward = {prefix.rstrip("/"): base.rstrip("/") for prefix, base in forward.items()}
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", prefix + tail, self.handle) for prefix in self._forward for tail in ("", r"/{tail:.*}")]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        base = next(b for p, b in self._forward.items() if request.path == p or request.path.startswith(p + "/"))
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in HOP]
        headers += [("X-Forwarded-For", request.remote or ""), ("X-Forwarded-Proto", request.scheme)]
        body = await request.read() if request.body_exists else None
        try:
            async with self._open().request(
                request.method, base + request.raw_path, headers=headers, data=body, allow_redirects=False
            ) as answer:
                return await self._stream(request, answer)
        except aiohttp.ClientConnectorError:
            return web.Response(status=502, text="This page is not up yet. Try again in a moment.")

    async def _stream(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        out = web.StreamResponse(status=answer.status, reason=answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in HOP:
                out.headers.add(name, value)
        await out.prepare(request)
        async for piece in answer.content.iter_any():
            await out.write(piece)
        await out.write_eof()
        return out

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # a fresh connection each: the other side ends an idle one just when something is sent over it
                connector=aiohttp.TCPConnector(force_close=True, limit=0),  # live pages keep theirs for hours
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
