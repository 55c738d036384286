"""What every portal inside a test process makes anew and always the same: made once a process.

A thousand tests make a portal each. The static files are read, the templates compiled and the certificates of this
computer loaded by the real code as ever, but for the first portal alone; nothing a test looks at is kept.
"""

from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import Any

import httpx2
import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from service import main
from service.web import assets, templating


class Compiled(BytecodeCache):
    """Compiled templates by name and source: `make_environment` gives all its environments the same options."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand over what was compiled."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what has just been compiled."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    """Let the portals of this process share what does not differ among them."""
    compiled, make = Compiled(), templating.make_environment

    def make_environment(*arguments: Any) -> Environment:
        environment = make(*arguments)
        environment.bytecode_cache = compiled
        return environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "load_assets", cache(assets.load_assets))
        patch.setattr(main, "make_environment", make_environment)
        patch.setattr("httpx2._transports.default.create_ssl_context", cache(httpx2.create_ssl_context))
        yield
