"""Given: an S3-compatible store on this machine, a real server, looked into by Amazon's own client, and a hand to stop and start it."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pydantic import SecretStr

from bot.media import Store, open_store
from bot.settings import Settings
from tests.given.ports import a_port

NUMBERS = itertools.count(1)


class S3:
    """The server and one bucket in it. port: one that stays ours while the server is stopped."""

    def __init__(self, port: int) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.port = port
        self.bucket = f"files-{next(NUMBERS)}"
        self.start()
        import boto3  # as the server: only where it is needed, it is big

        untyped: Any = boto3
        self.client = untyped.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.client.create_bucket(Bucket=self.bucket)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()

    def stop(self) -> None:
        """Away, with everything that is in it kept."""
        self.server.stop()

    def stored(self) -> set[str]:
        """The names of everything in the bucket."""
        return {one["Key"] for one in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])}

    def content(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def keep_versions(self) -> None:
        self.client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """From here on nobody's key fits."""
        self._auth(0)
        try:
            yield
        finally:
            self._auth(10**9)

    def _auth(self, free: int) -> None:
        said, plain = str(free).encode(), {"content-type": "text/plain"}
        urlopen(Request(f"{self.url}/moto-api/reset-auth", data=said, method="POST", headers=plain)).close()

    def settings(self, data: Path, **more: object) -> Settings:
        """A house whose files lie in this store, below "house"."""
        said = {
            "data": data, "media_store": f"s3://{self.bucket}/house", "media_endpoint": self.url,
            "media_key": "the-key", "media_secret": SecretStr("the-secret-itself"), **more,
        }  # fmt: skip
        return Settings(**said)  # type: ignore[arg-type]

    def store(self, data: Path, token: str | None = None) -> Store:
        return open_store(self.settings(data, bot_token=token and SecretStr(token)))


@pytest.fixture
def s3() -> Iterator[S3]:
    """A store with one empty bucket."""
    with a_port() as port:
        server = S3(port)
        yield server
        with contextlib.suppress(Exception):
            server.stop()
