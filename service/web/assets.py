"""Style sheets, script and icons, read and compressed once at start, addressed by their content.

Own code because Starlette's StaticFiles sends neither precompressed files nor a far-future Cache-Control.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.errors import NotFoundError

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
}
FOREVER = "public, max-age=31536000, immutable"
WEEK = "public, max-age=604800"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in memory, plain and gzipped."""

    plain: bytes
    packed: bytes
    media_type: str
    version: str


# our own two, written for people: notes, which stand on lines of their own in the script, and indents are not sent
LEAN = {
    ".css": re.compile(rb"/\*.*?\*/|^[ \t]+", re.DOTALL | re.MULTILINE),
    ".js": re.compile(rb"^[ \t]*//.*\n|^[ \t]+", re.MULTILINE),
}


# what needs JavaScript of Bootstrap's or stands on no page of ours (ui.md 11): four tenths of its style sheet
UNUSED = re.compile(
    r"\.(?:accordion|btn-close|btn-group|bs-popover|bs-tooltip|carousel|dropdown|dropend|dropstart|dropup|form-floating"
    r"|form-range|input-group|list-group|modal|navbar|offcanvas|placeholder|popover|spinner|toast|tooltip)\b"
)
SELECTORS = re.compile(r",(?![^()]*\))")


def without_unused(css: str) -> str:
    """Leave out of a minified style sheet the selectors of components no page uses, and rules left without any."""
    kept, at = [], 0
    while (brace := css.find("{", at)) >= 0:
        end, depth = brace + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        head, body = css[at:brace], css[brace + 1 : end - 1]
        if head.startswith(("@media", "@supports")):
            body = without_unused(body)
        else:
            head = ",".join(one for one in SELECTORS.split(head) if not UNUSED.search(one))
        if head and body:
            kept.append(f"{head}{{{body}}}")
        at = end
    return "".join(kept)


def _lean(name: str, content: bytes) -> bytes:
    notes = LEAN.get(Path(name).suffix)
    return notes.sub(b"", content) if notes else content


def _asset(name: str, content: bytes) -> Asset:
    return Asset(
        plain=content,
        packed=gzip.compress(content, 9, mtime=0),
        media_type=TYPES[Path(name).suffix],
        version=hashlib.sha256(content).hexdigest()[:10],
    )


def load_assets() -> dict[str, Asset]:
    """Read our static files and Bootstrap's style sheet; the key is the path below `/static/`."""
    found = {path.name: _lean(path.name, path.read_bytes()) for path in STATIC.iterdir() if path.suffix in TYPES}
    bootstrap = files("bootstrap").joinpath("css").joinpath("bootstrap.min.css").read_text(encoding="utf-8")
    found["bootstrap.min.css"] = without_unused(bootstrap.partition("/*# sourceMappingURL")[0]).encode()
    return {name: _asset(name, content) for name, content in found.items()}


def asset_url(assets: dict[str, Asset], name: str) -> str:
    """Give the address of a file, with its version."""
    return f"/static/{name}?v={assets[name].version}"


def answer(request: Request, name: str) -> Response:
    """Send a file; with the right version in the address it may be kept for ever."""
    asset: Asset | None = request.app.state.assets.get(name)
    if asset is None:
        raise NotFoundError
    headers = {
        "Cache-Control": FOREVER if request.query_params.get("v") == asset.version else WEEK,
        "ETag": f'"{asset.version}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, media_type=asset.media_type, headers=headers)
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


@router.get("/static/{name}", name="static")
def static(request: Request, name: str) -> Response:
    """Send a style sheet, script or icon."""
    return answer(request, name)


@router.get("/favicon.ico", name="favicon")
def favicon(request: Request) -> Response:
    """Send the icon browsers ask for by themselves."""
    return answer(request, "favicon.ico")
