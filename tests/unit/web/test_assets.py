import re
from importlib.resources import files
from pathlib import Path

import pytest

from service.web.assets import load_assets, without_unused

TEMPLATES = Path(__file__).parents[3] / "service/web/templates"
BOOTSTRAP = files("bootstrap").joinpath("css").joinpath("bootstrap.min.css").read_text(encoding="utf-8")


def _known(css: str) -> set[str]:
    return set(re.findall(r"\.([a-z][a-z0-9-]*)", css))


def test_style_of_every_class_on_a_page_is_sent() -> None:
    said = " ".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"[a-z][a-z0-9-]+", " ".join(re.findall(r'class="([^"]*)"', said)))) & _known(BOOTSTRAP)
    sent = _known(load_assets()["bootstrap.min.css"].plain.decode())
    assert {"btn", "card", "form-control", "col-lg-8", "table-hover"} <= used
    assert used <= sent


def test_licence_of_bootstrap_is_sent() -> None:
    assert b"Licensed under MIT" in load_assets()["bootstrap.min.css"].plain


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".btn{a:b}.modal{c:d}", ".btn{a:b}"),
        (".btn,.modal .btn{a:b}", ".btn{a:b}"),
        ("@media (width:1px){.toast{a:b}}.card{c:d}", ".card{c:d}"),
        ("@media (width:1px){.toast{a:b}.row{e:f}}", "@media (width:1px){.row{e:f}}"),
        (".a:not(.b,.c)>d{a:b}", ".a:not(.b,.c)>d{a:b}"),
        ("@keyframes x{0%{a:b}to{c:d}}", "@keyframes x{0%{a:b}to{c:d}}"),
    ],
)
def test_rules_of_unused_components_are_left_out(css: str, kept: str) -> None:
    assert without_unused(css) == kept
