"""The PDFs: everything that goes in comes out as text, nothing of it is obeyed, and the file is the same each time."""

import re
import unicodedata
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from service import pdf, questionnaire
from service.applications import papers
from tests.factories.answers import BUILT, complete_answers

AT = datetime(2026, 11, 25, 9, 42, tzinfo=UTC)
HOSTILE = (
    '#read("/etc/passwd")', "#panic()", "*_$@<", '#import "@preview/x:0.1.0": *', "= Titolo", "$ x^2 $", "`raw`",
    "// commento", "/* a */", "\\u{41} \\#", '"; #sys', "#{ while true {} }", "{{ data }}", "<script>alert(1)</script>",
    "-- --- ...", "@nessuno", "~", "[x](y)", '#eval("1")', "%s {0} %(x)s",
)  # fmt: skip
SHA = "0123456789abcdef" * 4


def declaration_data(**changed: Any) -> dict[str, Any]:
    return {
        "saved_at": "25 novembre 2026, ore 10:42",
        "notice_version": "2026-11",
        "person": {"name": "Paola Ferri", "tax_code": "FRRPLA74S43L219U", "born": "", "quality": "Amministratrice",
                   "powers": ""},
        "company": {"name": "Ferri Impianti S.r.l.", "category": "Società di capitali", "tax_code": "01234567890",
                    "vat_number": "", "foreign_id": "", "rea": "MI-1", "seat": "Via Roma, 12, 20121 Milano (MI)"},
        "declarations": [{"title": "Antimafia.", "text": "Non sussistono cause.", "version": "2026-11"}],
        "remarks": [],
    } | changed  # fmt: skip


def receipt_data(*answers: str, **changed: Any) -> dict[str, Any]:
    rows = [{"label": f"Domanda {number}", "values": [text]} for number, text in enumerate(answers)]
    return {
        "number": "P-2026-0151", "sent_at": "25 novembre 2026, ore 10:42", "company": "Ferri Impianti S.r.l.",
        "category": "Società di capitali", "supply": ["Lavori"],
        "sections": [{"title": "Dati", "groups": [{"title": "Registro", "rows": rows}], "missing": ["EORI"]}],
        "declarations": [{"title": "Antimafia.", "text": "Non sussistono cause.", "version": "2026-11",
                          "accepted_at": "25 novembre 2026, ore 10:40"}],
        "documents": [{"title": "DURC", "details": [], "not_due": "",
                       "files": [{"name": "durc.pdf", "size": "1.234 byte", "sha256": SHA}]}],
    } | changed  # fmt: skip


def dossier_data(said: str = "Risposta", *, times: int = 1) -> dict[str, Any]:
    """Everything the dossier can say, so often, with one text wherever somebody typed something."""
    by, receipt = f"{said}, 25 novembre 2026", receipt_data(said)
    facts = dict.fromkeys(("state", "hold", "company", "category", "tax_code", "vat_number", "started_at", "sent_at",
                           "assignee", "reviewed_since", "erase_on", "legal_hold_review"), said)  # fmt: skip
    leaf = {"name": said, "outcome": "refused", "reason": said}
    record = {"result": "Positivo", "checked_on": said, "source": said, "note": said, "sha256": [SHA], "by": by}
    decided = {"state": "Accettata", "by": by, "reason": [said], "reserve_text": said, "reserve_until": said,
               "reapply_from": said, "note": said}  # fmt: skip
    proposed = decided | {"outcome": "approve", "refused": [said], "gaps_reason": said, "ended_at": ""}
    change = {"title": said, "before": [said], "after": []}
    file = {"name": said, "size": "1 byte", "sha256": SHA, "stored_size": "1 byte", "stored_sha256": SHA[::-1],
            "remarks": [said], "lost_at": said}  # fmt: skip
    version = {"number": "1", "given_at": said, "verdict": said, "judged_by": by, "reason": [said], "details": [said],
               "expires_on": said, "not_due": said, "erased_on": said, "files": [file]}  # fmt: skip
    return {
        "number": "P-2026-0151", "as_of": "25 novembre 2026, ore 10:42", "decision": decided, "missing": [said],
        "facts": facts | {"supply": [said], "contact": [said, said], "legal_hold": [said], "leaves": [leaf] * times},
        "sections": receipt["sections"] * times, "declarations": receipt["declarations"],
        "warnings": [{"label": said, "text": said}],
        "documents": [{"title": said, "versions": [version] * 2}] * times,
        "checks": [{"title": said, "is_due": False, "is_blocking": True, "records": [record] * 2}] * times,
        "gaps": [said], "verdicts": [{"title": said, "verdict": "Dubbia", "note": said, "by": by}],
        "opinions": [{"title": said, "question": said, "asked_by": by, "outcome": "", "answer": said,
                      "answered_by": by, "ended_at": said}],
        "notes": [{"text": said, "by": by}] * times, "proposals": [proposed, proposed | {"outcome": "reject"}],
        "likenesses": [{"title": said, "why": [said], "mark": "", "note": said, "by": by, "found_at": said}],
        "is_list_open": True, "hits": [{"text": said, "by": by, "review_on": said}],
        "rounds": [{"asked_by": by, "deadline": said, "extended_from": said, "answered_at": said, "ended_at": said,
                    "items": [{"title": said, "reason": said, "note": said, "reply": said, "state": "waiting"}],
                    "changes": [change], "documents": [{"title": said, "before": "", "after": "2"}]}],
        "people": [{"name": said, "deeds": [said], "from": said, "until": said}] * times,
        "timeline": [{"at": said, "what": said, "by": said, "details": [said]}] * times * 3,
        "letters": [{"name": said, "subject": said, "to": said, "at": said, "state": said}] * times,
    }  # fmt: skip


def sample(template: str, *answers: str) -> dict[str, Any]:
    if template == "dossier":
        return dossier_data(" ".join(answers))
    return declaration_data() if template == "self_declaration" else receipt_data(*answers)


def words_of(content: bytes) -> str:
    """The text of all pages without what setting it in lines adds: blanks, hyphens, ligatures."""
    return plain("\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def plain(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b\u2010-]", "", unicodedata.normalize("NFKC", text))


def render(template: str, data: dict[str, Any], locale: str = "it") -> bytes:
    return pdf.render(template, data, locale=locale, at=AT)


@pytest.mark.parametrize("locale", ["it", "en"])
@pytest.mark.parametrize("template", pdf.TEMPLATES)
def test_render_tagged_paper_names_language_title_and_standard(template: str, locale: str) -> None:
    data = sample(template, "Risposta")
    reader = PdfReader(BytesIO(render(template, data, locale)))
    root: Any = reader.root_object
    assert root["/Lang"] == {"it": "it-IT", "en": "en-GB"}[locale]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - its own kind of boolean
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata is not None
    assert reader.metadata.title
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part[>=\"']+1", metadata)
    assert reader.metadata.creation_date == AT


@pytest.mark.parametrize("template", pdf.TEMPLATES)
def test_render_same_data_twice_gives_the_same_bytes(template: str) -> None:
    data = sample(template, "Risposta", *HOSTILE)
    assert render(template, data) == render(template, data)


def test_render_other_instant_gives_other_bytes() -> None:
    other = pdf.render("receipt", receipt_data("x"), locale="it", at=datetime(2026, 11, 25, 9, 43, tzinfo=UTC))
    assert other != render("receipt", receipt_data("x"))


def test_render_hostile_answers_come_out_as_typed() -> None:
    found = words_of(render("receipt", receipt_data(*HOSTILE)))
    for text in HOSTILE:
        assert plain(text) in found, text
    assert "root:" not in found


@pytest.mark.parametrize("text", HOSTILE)
def test_render_hostile_text_anywhere_in_the_declaration_comes_out_as_typed(text: str) -> None:
    person = dict.fromkeys(("name", "tax_code", "born", "quality", "powers"), text)
    company = dict.fromkeys(("name", "category", "tax_code", "vat_number", "foreign_id", "rea", "seat"), text)
    said = [{"title": text, "text": text, "version": text}]
    data = declaration_data(person=person, company=company, declarations=said, remarks=[(text, text)], saved_at=text)
    assert words_of(render("self_declaration", data)).count(plain(text)) >= 12


@pytest.mark.parametrize("text", HOSTILE)
def test_render_hostile_text_anywhere_in_the_dossier_comes_out_as_typed(text: str) -> None:
    assert words_of(render("dossier", dossier_data(text))).count(plain(text)) >= 80


def test_render_long_dossier_has_contents_and_heads_on_every_page() -> None:
    short = render("dossier", dossier_data("x", times=0))
    assert len(PdfReader(BytesIO(short)).pages) <= 3
    assert "Indice" not in words_of(short)
    pages = PdfReader(BytesIO(render("dossier", dossier_data("Testo di prova", times=30)))).pages
    told = [plain(page.extract_text()) for page in pages]
    assert plain("Indice") in told[0]
    assert f"Pagina1di{len(pages)}" in told[0]
    assert f"Pagina{len(pages)}di{len(pages)}" in told[-1]
    assert all("USOINTERNO" in one for one in told)
    assert sum("QuandoChecosaChi" in one for one in told) >= 2, "the head of a long table is repeated"


def test_render_lines_of_an_answer_stay_lines() -> None:
    reader = PdfReader(BytesIO(render("receipt", receipt_data("prima riga\nseconda riga"))))
    assert "prima riga\nseconda riga" in reader.pages[0].extract_text()


def test_render_characters_without_a_font_become_boxes_and_the_paper_says_so() -> None:
    found = words_of(render("receipt", receipt_data("中文 Ferri 한국 😀")))
    assert "□□Ferri□□□" in found
    assert plain("Alcuni caratteri non si possono stampare") in found
    assert plain("Alcuni caratteri") not in words_of(render("receipt", receipt_data("Łódź Ωμέγα Москва €")))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_render_never_fails_whatever_the_text(text: str) -> None:
    assert render("receipt", receipt_data(text)).startswith(b"%PDF-")


@pytest.mark.parametrize("step", [1, 7])
def test_render_of_every_character_there_is_room_for_never_fails(step: int) -> None:
    codes = (code for code in range(0x20, 0x3000 * step, step) if not 0xD800 <= code < 0xE000)
    every = "".join(char for char in map(chr, codes) if unicodedata.category(char) != "Cc")
    assert render("receipt", receipt_data(every, every[::-1])).startswith(b"%PDF-")


def test_render_endless_words_stay_on_the_sheet() -> None:
    long = [{"title": "Tipo" * 60, "details": ["d" * 300], "not_due": "n" * 300,
             "files": [{"name": "f" * 250 + ".pdf", "size": "1 byte", "sha256": SHA}]}]  # fmt: skip
    assert_within_margins(
        render("receipt", receipt_data("W" * 4000, "a@" + "b" * 250, company="C" * 200, documents=long))
    )
    assert_within_margins(render("dossier", dossier_data("W" * 90)))


def assert_within_margins(content: bytes) -> None:
    document = pypdfium2.PdfDocument(content)
    for page in document:
        image: Image.Image = page.render(scale=1).to_pil().convert("L")
        margin = image.crop((image.width - 55, 0, image.width, image.height))
        assert margin.getextrema() == (255, 255)
    document.close()


def test_render_uses_only_the_fonts_of_the_library() -> None:
    reader = PdfReader(BytesIO(render("receipt", receipt_data("Ωμέγα ערב → ✓"))))
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in _fonts(page)}
    assert fonts
    assert all(re.search("Libertinus|NewCM|DejaVuSansMono", font) for font in fonts), fonts


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_templates_take_nothing_from_elsewhere_and_the_colours_of_the_pages() -> None:
    folder = Path(pdf.__file__).parent / "templates"
    tokens = (folder.parents[1] / "web/static/tokens.css").read_text(encoding="utf-8")
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.typ")}
    assert {f"{name}.typ" for name in pdf.TEMPLATES} < set(texts)
    for name, text in texts.items():
        assert "@preview" not in text, name
        assert not re.search(r"\b(?:read|image|plugin|eval|csv|yaml|toml|xml|cbor)\(", text), name
        for colour in re.findall(r'rgb\("(#[0-9a-f]{6})"\)', text):
            assert colour in tokens, (name, colour)


@pytest.mark.parametrize("locale", ["it", "en"])
@pytest.mark.parametrize("category", sorted(BUILT))
def test_self_declaration_says_who_signs_for_which_company(category: str, locale: str) -> None:
    answers = complete_answers(category)
    paper = papers.self_declaration(category, answers, saved_at=AT, notice="2026-11", locale=locale)
    found = words_of(paper.make())
    person: Any = paper.data["person"]
    assert person["name"]
    assert person["quality"]
    assert person["tax_code"] or person["born"]
    for said in (person["name"], person["quality"], person["tax_code"], person["born"]):
        assert plain(said) in found
    identity = answers.get("anagrafica", {})
    for name in ("company_name", "tax_code", "vat_number", "eu_vat_number", "foreign_id"):
        assert plain(str(identity.get(name) or "")) in found
    assert plain("2026-11") in found


@pytest.mark.parametrize("category", sorted(BUILT))
def test_self_declaration_carries_every_declaration_with_text_and_version(category: str) -> None:
    answers = complete_answers(category)
    declared = questionnaire.accepted_declarations(category, answers)
    assert {"decl_no_insolvency", "decl_antimafia", "decl_tax_social", "decl_no_conflict", "decl_ethics",
            "decl_truth"} <= {one.name for one in declared}  # fmt: skip
    found = words_of(papers.self_declaration(category, answers, saved_at=AT, notice="n7", locale="it").make())
    for one in declared:
        assert plain(f"{one.text} (testo {one.version})") in found, one.name
    assert plain("firmata a mano") in found.lower()
    assert "P7M" in found


def test_self_declaration_of_a_signatory_names_the_signatory() -> None:
    answers = complete_answers("SC")
    answers["rappresentante"] |= {
        "signatory_is_rep": False, "signatory_first_name": "Nora", "signatory_last_name": "Bassi",
        "signatory_tax_code": "BSSNRO80A41F205X", "signatory_role": "Procuratrice",
    }  # fmt: skip
    paper = papers.self_declaration("SC", answers, saved_at=AT, notice="2026-11", locale="it")
    assert paper.data["person"] == {
        "name": "Nora Bassi", "tax_code": "BSSNRO80A41F205X", "born": "", "quality": "Procuratrice", "powers": "",
    }  # fmt: skip


@pytest.mark.parametrize("category", sorted(BUILT))
def test_receipt_holds_every_answer_document_and_declaration(category: str) -> None:
    answers = complete_answers(category)
    kept = {
        "answers": answers,
        "declarations": [{"name": "decl_truth", "version": "7", "title": "Verità", "text": "Verità. Tutto è vero."}],
        "documents": [
            {
                "type": "durc",
                "slot": "",
                "details": {"verified_on": "2026-11-01"},
                "files": [{"name": "DURC #1.pdf", "size": 123456, "sha256": SHA}],
            },
            {"type": "white_list", "slot": "", "not_due_reason": "Non facciamo #trasporti", "files": []},
        ],
    }
    data = papers.receipt_data("P-2026-0151", AT, kept, [], locale="it")
    found = words_of(render("receipt", data))
    values = [text for section in data["sections"] for group in section["groups"]  # type: ignore[attr-defined]
              for row in group["rows"] for text in row["values"]]  # fmt: skip
    assert len(values) > 20
    for text in (*values, "P-2026-0151", SHA, "DURC", "01/11/2026", "Iscrizione alla white list della prefettura",
                 "DURC #1.pdf", "123.456 byte", "Non facciamo #trasporti",
                 "Verità. Tutto è vero. (testo 7)", "25 novembre 2026, ore 10:42"):  # fmt: skip
        assert plain(text) in found, text


def test_receipt_of_an_old_snapshot_without_documents_is_made() -> None:
    data = papers.receipt_data("P-2026-0001", AT, {"answers": complete_answers("SC")}, [], locale="en")
    assert plain("No documents.") in words_of(render("receipt", data, "en"))
