"""What a file is: extension, first bytes and a real parse agree, or it is refused in words."""

import base64
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from service.config import Settings, load_settings
from service.documents import inspection
from service.documents.errors import FileRefusedError, InspectionBusyError
from service.documents.inspection import Inspected, display_name, draw, inspect
from tests.support.environment import in_process_environment
from tests.support.received import received
from tests.support.sample_files import (
    SIGNATURE,
    archive,
    dictionary,
    form,
    image,
    in_root,
    indefinite,
    on_page,
    p7m,
    pdf,
)

JAVASCRIPT = dictionary(S="/JavaScript", JS="app.alert(1)")


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(in_process_environment("postgresql+psycopg://nobody@127.0.0.1:9/none"))


@pytest.fixture
def look(tmp_path: Path, settings: Settings) -> Callable[[str, bytes], Inspected]:
    return lambda name, content: inspect(received(tmp_path, name, content), settings=settings)


def refusal(look: Callable[[str, bytes], Inspected], name: str, content: bytes) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        look(name, content)
    return caught.value


def test_inspect_plain_pdf_keeps_the_very_bytes(look: Callable[[str, bytes], Inspected]) -> None:
    content = pdf(pages=3)
    seen = look("Visura.PDF", content)
    assert (seen.media_type, seen.pages, seen.flags, seen.is_signed) == ("application/pdf", 3, (), False)
    assert seen.path.read_bytes() == content
    assert seen.has_preview


FLAGGED: dict[str, tuple[Callable[[PdfWriter], object], str]] = {
    "javascript in the name tree": (lambda w: w.add_open_action(JavaScript("app.alert(1)")), "pdf_javascript"),
    "javascript on opening": (in_root(OpenAction=JAVASCRIPT), "pdf_open_action"),
    "javascript of a link": (on_page(Subtype="/Link", A=JAVASCRIPT), "pdf_javascript"),
    "launch of a program": (on_page(Subtype="/Link", A=dictionary(S="/Launch", F="cmd.exe")), "pdf_launch"),
    "form that is sent": (on_page(Subtype="/Link", A=dictionary(S="/SubmitForm")), "pdf_submit_form"),
    "data that are loaded": (on_page(Subtype="/Link", A=dictionary(S="/ImportData")), "pdf_submit_form"),
    "another document": (on_page(Subtype="/Link", A=dictionary(S="/GoToR", F="//altrove/x")), "pdf_remote"),
    "another document inside": (on_page(Subtype="/Link", A=dictionary(S="/GoToE")), "pdf_remote"),
    "javascript as an address": (
        on_page(Subtype="/Link", A=dictionary(S="/URI", URI=" Java\nScript:x()")),
        "pdf_javascript",
    ),
    "attachment": (lambda w: w.add_attachment("a.exe", b"MZ"), "pdf_embedded_files"),
    "attachment on a page": (on_page(Subtype="/FileAttachment"), "pdf_embedded_files"),
    "film": (on_page(Subtype="/RichMedia"), "pdf_rich_media"),
    "actions of a page": (in_root(AA=dictionary(WC=JAVASCRIPT)), "pdf_additional_actions"),
    "XFA": (in_root(AcroForm=dictionary(XFA="<xdp/>")), "pdf_xfa"),
    "empty password": (lambda w: w.encrypt("", "proprietario", algorithm="AES-256"), "pdf_encrypted"),
    "empty password, old cipher": (lambda w: w.encrypt("", "proprietario", algorithm="RC4-128"), "pdf_encrypted"),
}


@pytest.mark.parametrize("what", FLAGGED)
def test_inspect_suspicious_pdf_is_kept_and_flagged(what: str, look: Callable[[str, bytes], Inspected]) -> None:
    change, flag = FLAGGED[what]
    seen = look("a.pdf", pdf(change))
    assert flag in seen.flags
    assert "pdf_not_examined" not in seen.flags


def spelled(*objects: bytes) -> bytes:
    """A PDF of one page, whose annotation is the fourth object."""
    start = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[4 0 R]>>")  # fmt: skip
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate((*start, *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1, table, len(places) + 1, len(out))  # fmt: skip


REFERRED = {
    b"<</Subtype/Link/A<</S 5 0 R/F(cmd.exe)>>>>": (b"/Launch", "pdf_launch"),
    b"<</Subtype/Link/A<</S 5 0 R>> >>": (b"/SubmitForm", "pdf_submit_form"),
    b"<</Subtype/Link/A<</S  5 0 R>>>>": (b"/ImportData", "pdf_submit_form"),
    b"<</Type/Annot/Subtype 5 0 R>>": (b"/FileAttachment", "pdf_embedded_files"),
    b"<</Type 5 0 R>>": (b"/EmbeddedFile", "pdf_embedded_files"),
    b"<</A<</S/URI/URI 5 0 R>>>>": (b"(javascript:x)", "pdf_javascript"),
    b"<</A<</S/URI/URI  5 0 R>>>>": (b"(file:///c:/x.exe)", "pdf_remote"),
    b"<</A<</S /URI/URI 5 0 R>>>>": (b"(\\\\\\\\host\\\\share)", "pdf_remote"),
    b"<</A<</S /URI/URI  5 0 R>>>>": (b"(data:text/html,x)", "pdf_javascript"),
    b"<</A<</S  5 0 R/F(x.pdf)>>>>": (b"/Thread", "pdf_remote"),
    b"<</A<</S 5 0 R>>>>": (b"5 0 R", "pdf_not_examined"),
}


@pytest.mark.parametrize("annotation", REFERRED)
def test_inspect_pdf_follows_references_to_names(annotation: bytes, look: Callable[[str, bytes], Inspected]) -> None:
    value, flag = REFERRED[annotation]
    assert look("a.pdf", spelled(annotation, value)).flags == (flag,)


def test_inspect_pdf_finds_what_hides_in_compressed_objects(look: Callable[[str, bytes], Inspected]) -> None:
    def hidden(writer: PdfWriter) -> None:
        in_root(OpenAction=JAVASCRIPT)(writer)
        writer.encrypt("", "proprietario", algorithm="AES-128")

    assert {"pdf_javascript", "pdf_encrypted", "pdf_open_action"} <= set(look("a.pdf", pdf(hidden)).flags)


def test_inspect_pdf_that_opens_at_a_page_is_not_flagged(look: Callable[[str, bytes], Inspected]) -> None:
    assert look("a.pdf", pdf(in_root(OpenAction=[0, "/Fit"]))).flags == ()


@pytest.mark.parametrize(
    ("value", "expected"), [(SIGNATURE, True), (None, False), (dictionary(), False), ("firma", False)]
)
def test_inspect_pdf_knows_a_filled_signature_field(
    value: object,
    expected: bool,  # noqa: FBT001
    look: Callable[[str, bytes], Inspected],
) -> None:
    assert look("a.pdf", pdf(form(FT="/Sig", V=value))).is_signed is expected


def test_inspect_pdf_with_more_objects_than_time_is_told_as_not_examined(tmp_path: Path, settings: Settings) -> None:
    many = {f"K{n}": n for n in range(200)}  # slow to read, quick to find: the file itself is opened in time
    content = pdf(lambda writer: [writer._add_object(dictionary(**many)) for _ in range(2_000)])
    hurried = settings.model_copy(update={"inspection_cpu_seconds": 2})
    with_many = received(tmp_path, "a.pdf", content)
    assert "pdf_not_examined" in inspect(with_many, settings=hurried).flags


NOT_TAKEN: dict[str, tuple[str, bytes, str]] = {
    "svg": ("logo.svg", b"<svg/>", "type"),
    "html": ("a.html", b"<html/>", "type"),
    "zip": ("a.zip", archive(), "type"),
    "office": ("a.docx", archive("word/document.xml"), "type"),
    "no extension": ("visura", pdf(), "type"),
    "hidden file": (".pdf", pdf(), "type"),
    "double extension": ("visura.pdf.exe", pdf(), "type"),
    "empty": ("a.pdf", b"", "empty"),
    "svg named png": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "mismatch"),
    "gif named jpg": ("a.jpg", image("GIF", mode="L"), "mismatch"),
    "zip named pdf": ("a.pdf", archive(), "mismatch"),
    "pdf named png": ("a.png", pdf(), "mismatch"),
    "png named jpg": ("a.jpg", image("PNG"), "mismatch"),
    "bytes before the pdf": ("a.pdf", b"<script>1</script>\n" + pdf(), "mismatch"),
    "html behind the pdf": ("a.pdf", pdf() + b"<HTML><script>1</script>", "mismatch"),
    "zip behind the pdf": ("a.pdf", pdf() + archive(), "mismatch"),
    "half a pdf": ("a.pdf", pdf()[:200], "unreadable"),
    "pdf with a password": ("a.pdf", pdf(lambda w: w.encrypt("segreto", algorithm="AES-256")), "unreadable"),
    "half an image": ("a.jpg", image(size=(900, 900))[:2000], "unreadable"),
    "half a png": ("a.png", image("PNG", mode="L", size=(900, 900))[:300], "unreadable"),
    "flood of pixels": ("a.png", image("PNG", (7000, 6000), "L"), "unreadable"),
    "zip named p7m": ("a.p7m", archive(), "unreadable"),
    "half a p7m": ("a.pdf.p7m", p7m()[:-9], "unreadable"),
    "p7m and more": ("a.p7m", p7m() + archive(), "unreadable"),
    "certificates only": ("a.p7m", bytes.fromhex("3017 06092a864886f70d010702 a00a3008 020101 3100 3000 3100".replace(
        " ", "")), "unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_inspect_what_is_no_document_refuses_with_its_reason(
    what: str, look: Callable[[str, bytes], Inspected]
) -> None:
    name, content, reason = NOT_TAKEN[what]
    assert refusal(look, name, content).reason == reason


def test_inspect_refusals_read_as_the_specification_says(
    look: Callable[[str, bytes], Inspected], tmp_path: Path, settings: Settings
) -> None:
    assert str(refusal(look, "a.svg", b"x").message) == "Il file deve essere PDF, P7M, JPG o PNG: questo è SVG."
    assert str(refusal(look, "a.png", pdf()).message) == "L'estensione .png non corrisponde al contenuto."
    assert str(refusal(look, "a.pdf", b"").message) == "Il file è vuoto."
    assert str(refusal(look, "a.pdf", pdf()[:99]).message) == "Il PDF è danneggiato o protetto da password."
    large = inspection.Received(tmp_path / "x", "a.pdf", 12 * 1024 * 1024, "")
    with pytest.raises(FileRefusedError) as caught:
        inspect(large, settings=settings)
    assert str(caught.value.message) == "Il file supera 10 MB: è di 12,0 MB."


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_inspect_image_writes_the_pixels_anew_and_nothing_else(
    kind: str, look: Callable[[str, bytes], Inspected]
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "segreto nella descrizione"
    text = PngInfo()
    text.add_text("Comment", "segreto nel testo")
    further: dict[str, Any] = {"pnginfo": text} if kind == "PNG" else {"comment": b"segreto nel commento"}
    content = image(kind, exif=exif, icc_profile=b"segreto" * 20, **further) + b"<script>segreto</script>"
    seen = look(f"a.{'png' if kind == 'PNG' else 'jpg'}", content)
    kept = seen.path.read_bytes()
    assert b"segreto" in content
    assert b"segreto" not in kept
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as again:
        assert (again.format, again.size) == (kind, (320, 200))
    assert (seen.size, seen.pages) == (len(kept), 1)


def test_inspect_photograph_taken_sideways_is_turned(look: Callable[[str, bytes], Inspected]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(look("a.jpeg", image(exif=exif)).path) as kept:
        assert kept.size == (200, 320)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_inspect_png_of_every_kind_of_pixel_is_kept_and_drawn(mode: str, tmp_path: Path, settings: Settings) -> None:
    seen = inspect(received(tmp_path, "a.png", image("PNG", mode=mode)), settings=settings)
    assert draw(seen.path, tmp_path, media_type=seen.media_type, pages=1, settings=settings)


def test_inspect_jpeg_for_the_press_becomes_one_for_screens(look: Callable[[str, bytes], Inspected]) -> None:
    with Image.open(look("a.jpg", image(mode="CMYK")).path) as kept:
        assert kept.mode == "RGB"


P7M: dict[str, Callable[[], bytes]] = {
    "der": p7m,
    "pem": lambda: p7m(encoding=Encoding.PEM),
    "base64": lambda: base64.encodebytes(p7m()),
    "indefinite lengths": lambda: indefinite(p7m()),
    "signed twice": lambda: p7m(p7m()),
}


@pytest.mark.parametrize("what", P7M)
def test_inspect_p7m_stays_byte_identical_and_has_no_preview(
    what: str, look: Callable[[str, bytes], Inspected]
) -> None:
    content = P7M[what]()
    seen = look("Autodichiarazione.pdf.p7m", content)
    assert (seen.media_type, seen.is_signed, seen.has_preview) == ("application/pkcs7-mime", True, False)
    assert seen.path.read_bytes() == content


def test_draw_gives_no_more_pages_than_wanted_and_none_wider_than_a_thousand(
    tmp_path: Path, settings: Settings
) -> None:
    source = received(tmp_path, "a.pdf", pdf(pages=4)).path
    few = settings.model_copy(update={"preview_pages": 3})
    pages = draw(source, tmp_path, media_type="application/pdf", pages=4, settings=few)
    assert len(pages) == 3
    for page in pages:
        with Image.open(page) as drawn:
            assert (drawn.format, drawn.width) == ("PNG", 1000)


def noisy(pages: int) -> bytes:
    """A PDF that draws one small picture of noise on every page."""
    photo = Image.frombytes("RGB", (250, 250), os.urandom(187_500))
    buffer = io.BytesIO()
    photo.resize((500, 1000)).save(
        buffer, "PDF", save_all=True, append_images=[photo.resize((500, 1000))] * (pages - 1)
    )
    return buffer.getvalue()


def test_draw_of_what_would_take_too_much_room_stops_in_time(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "PREVIEW_BYTES", 3_000_000)
    source = received(tmp_path, "a.pdf", noisy(6)).path
    pages = draw(source, tmp_path, media_type="application/pdf", pages=6, settings=settings)
    assert 1 <= len(pages) < 6
    assert sum(page.stat().st_size for page in pages) <= 3_000_000


def test_draw_broken_or_unknown_gives_no_page(tmp_path: Path, settings: Settings) -> None:
    source = received(tmp_path, "a.pdf", b"%PDF-1.7 nothing").path
    for media_type in ("application/pdf", "image/png", "application/pkcs7-mime", "text/html"):
        assert draw(source, tmp_path, media_type=media_type, pages=1, settings=settings) == []


NAMES = [
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("C:\\Users\\Rossi\\visura.pdf", "visura.pdf"),
    ("visura\u202efdp.exe", "visurafdp.exe"),
    ("a\0b\r\nSet-Cookie: x.pdf", "ab Set-Cookie: x.pdf"),
    ("perche\u0301.pdf", "perché.pdf"),
    ("  molti \t spazi .pdf ", "molti spazi.pdf"),
    ("..", "file"),
    ("", "file"),
    (".pdf", "pdf"),
    ("a\ud800b.pdf", "ab.pdf"),
    ("x" * 300 + ".pdf.p7m", "x" * 116 + ".p7m"),
    ("x" * 300, "x" * 120),
]


@pytest.mark.parametrize(("given", "shown"), NAMES)
def test_display_name_shows_only_what_can_be_seen(given: str, shown: str) -> None:
    assert display_name(given) == shown
    assert display_name(shown) == shown
    assert len(shown) <= 120


GOOD = '{"why": null, "flags": [], "signed": false, "pages": 1}'
BAD_CHILDREN = {
    "dies": "import os; os.abort()",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "says nothing": "",
    "talks nonsense": "print('ciao')",
    "says too much": f"print({GOOD[:-1]!r} + ', \"x\": \"' + 'x' * 9000 + '\"}}')",
    "says a list": "print('[]')",
    "says deep things": "print('[' * 4000)",
    "invents flags": 'print(\'{"why": null, "flags": ["<script>"], "signed": false, "pages": 1}\')',
    "counts backwards": 'print(\'{"why": null, "flags": [], "signed": false, "pages": -1}\')',
    "leaves with an error": f"print({GOOD!r}); raise SystemExit(3)",
}


@pytest.mark.parametrize("what", BAD_CHILDREN)
def test_inspect_child_that_goes_wrong_means_unreadable(
    what: str, look: Callable[[str, bytes], Inspected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "CHILD", BAD_CHILDREN[what])
    assert refusal(look, "a.pdf", pdf()).reason == "unreadable"


LEFT_BEHIND = {
    "nothing": "",
    "a link": "os.symlink('/etc/passwd', 'kept')",
    "another name of a file": "open('a', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n'); os.link('a', 'kept')",
    "an empty file": "open('kept', 'wb')",
    "no picture": "open('kept', 'wb').write(b'<html>')",
    "a folder": "os.mkdir('kept')",
}


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_inspect_child_that_leaves_no_picture_means_unreadable(
    what: str, look: Callable[[str, bytes], Inspected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "CHILD", f"import os; {LEFT_BEHIND[what]}\nprint({GOOD!r})")
    assert refusal(look, "a.png", image("PNG")).reason == "unreadable"


def test_inspect_child_that_never_ends_is_killed_with_all_it_started(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pids"
    monkeypatch.setattr(
        inspection,
        "CHILD",
        f"import os, time; os.fork(); print(os.getpid(), file=open({str(note)!r}, 'a'), flush=True); time.sleep(600)",
    )
    monkeypatch.setattr(inspection, "_wall_seconds", lambda _cpu: 1.0)
    with pytest.raises(FileRefusedError):
        inspect(received(tmp_path, "a.pdf", pdf()), settings=settings)
    pids = note.read_text().split()
    assert len(pids) == 2
    eventually(lambda: not [pid for pid in pids if _is_alive(int(pid))])


def eventually(holds: Callable[[], bool]) -> None:
    """What was killed takes a moment to be gone."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] not in "ZX"
    except OSError:
        return False


def test_inspect_while_all_turns_are_taken_says_wait(
    look: Callable[[str, bytes], Inspected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "PATIENCE_SECONDS", 0.01)
    for _ in range(inspection.AT_ONCE):
        assert inspection._turns.acquire(timeout=5)
    try:
        with pytest.raises(InspectionBusyError):
            look("a.pdf", pdf())
    finally:
        for _ in range(inspection.AT_ONCE):
            inspection._turns.release()
    assert look("a.pdf", pdf()).pages == 1


PROBE = """
import json, os, resource, socket, sys
sys.path.insert(0, sys.argv[1])
from service.documents.inspecting import child, limits, pdf
def tried(action):
    try:
        action()
    except OSError as error:
        return error.errno
    return 0
def probe(data, targets, wanted):
    def run():
        return {"open": tried(lambda: open("/etc/passwd")), "socket": tried(socket.socket),
                "memory": resource.getrlimit(resource.RLIMIT_AS)[1], "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0],
                "core": resource.getrlimit(resource.RLIMIT_CORE)[1], "processes": resource.getrlimit(
                resource.RLIMIT_NPROC)[1], "size": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
                "again": tried(lambda: (os.close(0), os.open("/etc/passwd", os.O_RDONLY))),
                "loaded": sorted(name for name in sys.modules if name.startswith("service"))}
    return run
child.RUNS["inspect", "pdf"] = probe
child.main(*sys.argv[2:])
"""


def test_child_may_open_nothing_and_knows_nothing_of_the_service(tmp_path: Path) -> None:
    wanted = {"memory": 512 << 20, "cpu": 5, "size": 20 << 20, "pages": 1, "room": 0}
    (tmp_path / "x").write_bytes(b"")
    command = [sys.executable, "-I", "-c", PROBE, inspection.ROOT, "inspect", "pdf", "x", ".", json.dumps(wanted)]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["open"] == answer["socket"] == answer["again"] == 24  # too many open files
    assert {name: answer[name] for name in ("memory", "cpu", "size")} == {
        n: wanted[n] for n in ("memory", "cpu", "size")
    }
    assert answer["core"] == answer["processes"] == 0
    assert all(name.startswith("service.documents.inspecting") for name in answer["loaded"][2:])


HUNGRY = {
    "memory": "x = bytearray(900 << 20)",
    "time": "\nwhile True: pass",
    "disk": "f = open('big', 'wb')\nwhile True: f.write(b'x' * (1 << 20))",
}


@pytest.mark.parametrize("what", HUNGRY)
def test_child_that_wants_more_than_its_share_ends(what: str, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {inspection.ROOT!r})\n"
        "from service.documents.inspecting.limits import limit\n"
        f"limit({{'memory': 256 << 20, 'cpu': 1, 'size': 4 << 20}})\n{HUNGRY[what]}"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
    assert not [path for path in tmp_path.iterdir() if path.stat().st_size > 4 << 20]
    assert resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY or os.geteuid() != 0
