"""A server that speaks S3 on loopback, in this process, and the settings that lead to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

from service.config import Settings, load_settings
from tests.support.environment import in_process_environment

BUCKET, REGION, ACCESS, SECRET = "proactive", "us-east-1", "chiave", "segreto-di-prova"


@dataclass
class Bucket:
    """An empty bucket of its own."""

    endpoint: str
    name: str

    def settings(self, database_url: str, **changes: str) -> Settings:
        """The settings of a portal that keeps its files there; `changes` are variables without the prefix."""
        further = {f"PROACTIVE_{name.upper()}": value for name, value in changes.items()}
        return load_settings(
            {
                **in_process_environment(database_url),
                "PROACTIVE_FILES_URL": f"s3://{self.name}/prequalifica",
                "PROACTIVE_FILES_S3_ENDPOINT": self.endpoint,
                "PROACTIVE_FILES_S3_REGION": REGION,
                "PROACTIVE_FILES_S3_ACCESS_KEY": ACCESS,
                "PROACTIVE_FILES_S3_SECRET_KEY": SECRET,
                **further,
            }
        )


@contextmanager
def bucket(name: str = BUCKET) -> Iterator[Bucket]:
    """Start a server and make the bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        _make(endpoint, name)
        yield Bucket(endpoint, name)
    finally:
        server.stop()


def _make(endpoint: str, name: str) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={ACCESS}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=x"
    request = Request(f"{endpoint}/{name}", b"", {"Authorization": signed}, method="PUT")
    try:
        urlopen(request).close()
    except HTTPError as error:
        message = error.read().decode()
        error.close()
        raise RuntimeError(message) from None
