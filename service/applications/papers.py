"""The facts on the papers of an application: the self-declaration to sign and the receipt. How they look is `pdf`'s."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import segno
from babel.numbers import format_decimal
from sqlalchemy.orm import Session

from service import pdf, questionnaire
from service.applications.models import Acknowledgement, Application
from service.applications.repository import find_snapshot, list_acknowledgements
from service.errors import NotFoundError
from service.locales import N_, catalogue
from service.mail.dates import day, time_of_day
from service.questionnaire.texts import Translate

Answers = Mapping[str, Any]
Shown = Mapping[str, str]

# what the self-declaration says comes from these sections
NEEDED = ("anagrafica", "sede", "rappresentante", questionnaire.DECLARATIONS_SECTION)
# who signs for a company that is a person
OWN_ROLES = {"DI": N_("Titolare"), "LP": N_("Libero professionista o lavoratore autonomo")}
INSTANT = N_("%(day)s, ore %(time)s")


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that decides the bytes of a PDF, read and at rest: it is made when no transaction is open."""

    name: str
    template: str
    data: Mapping[str, object]
    locale: str
    at: datetime
    media_type: str = "application/pdf"

    def make(self) -> bytes:
        """Make the PDF."""
        return pdf.render(self.template, self.data, locale=self.locale, at=self.at)


def needed_sections(category: str, answers: Answers) -> tuple[questionnaire.Section, ...]:
    """Give the sections that must be completed before the self-declaration can be made."""
    return tuple(
        section
        for section in questionnaire.sections_for(category, answers)
        if section.slug in NEEDED
        and questionnaire.section_state(section.slug, category=category, answers=answers) != "complete"
    )


def self_declaration(category: str, answers: Answers, *, saved_at: datetime, notice: str, locale: str) -> Paper:
    """Put together the paper to sign from complete answers; `notice` is the version of the privacy notice read."""
    translate = catalogue(locale).gettext
    shown = _shown(category, answers, locale)
    data = {
        "saved_at": instant(saved_at, locale),
        "notice_version": notice,
        "person": _person(category, shown, translate),
        "company": {
            "name": questionnaire.company_name(category, answers),
            "category": translate(questionnaire.CATEGORIES[category].label),
            "tax_code": shown.get("tax_code", ""),
            "vat_number": questionnaire.vat_number(category, answers),
            "foreign_id": _listed(shown.get("foreign_id"), shown.get("registration_country")),
            "rea": questionnaire.rea(answers),
            "seat": _seat(shown),
        },
        "declarations": declarations_of(
            [asdict(one) for one in questionnaire.accepted_declarations(category, answers)], translate
        ),
        "remarks": _remarks(category, answers, locale),
    }
    name = "self-declaration.pdf" if locale == "en" else "autodichiarazione.pdf"
    return Paper(name, "self_declaration", data, locale, saved_at)


def receipt(session: Session, application: Application, *, locale: str) -> Paper:
    """Put together the receipt of exactly what was sent: from the snapshot, whatever has changed since.

    Raises: NotFoundError when it was never sent.
    """
    sent = find_snapshot(session, application.id, "submitted")
    if sent is None or application.number is None:
        raise NotFoundError
    accepted = list_acknowledgements(session, application.id)
    data = receipt_data(application.number, sent.taken_at, sent.data, accepted, locale=locale)
    name = f"{'receipt' if locale == 'en' else 'ricevuta'}-{application.number}.pdf"
    return Paper(name, "receipt", data, locale, sent.taken_at)


def receipt_data(
    number: str, sent_at: datetime, snapshot: Mapping[str, Any], accepted: Iterable[Acknowledgement], *, locale: str
) -> dict[str, object]:
    """Give what the receipt says of a snapshot; one taken before declarations or documents were kept has none."""
    translate = catalogue(locale).gettext
    answers: Answers = snapshot["answers"]
    opening = answers["avvio"]
    category: str = opening["legal_category"]
    supply = [translate(questionnaire.SUPPLY_TYPES[code].label) for code in opening.get("supply_types", ())]
    accepted_at = {(row.text, row.version): instant(row.read_at, locale) for row in accepted}
    return {
        # receipts of before the address was kept have no code, and their bytes stay as they were
        **({"status": _code(snapshot["status_page"])} if snapshot.get("status_page") else {}),
        "number": number,
        "sent_at": instant(sent_at, locale),
        "company": questionnaire.company_name(category, answers),
        "category": translate(questionnaire.CATEGORIES[category].label),
        "supply": supply,
        "sections": sections_of(category, answers, locale),
        "declarations": declarations_of(snapshot.get("declarations", ()), translate, accepted_at),
        "documents": [document_of(one, locale) for one in snapshot.get("documents", ())],
    }


def _code(address: str) -> dict[str, object]:
    """Give an address for people and as a QR code, whose dark modules are runs of (row, column, length)."""
    origin, _, rest = address.partition("/stato")
    runs = []
    matrix = segno.make_qr(address, error="m").matrix
    for y, row in enumerate(matrix):
        x = 0
        for is_dark, modules in groupby(row, key=bool):
            length = len(list(modules))
            if is_dark:
                runs.append((y, x, length))
            x += length
    # in pieces: a long word gets places to break at, an address must not
    return {"address": [origin, f"/stato{rest}"], "code": {"size": len(matrix), "runs": runs}}


def instant(value: datetime, locale: str) -> str:
    """Write 18 novembre 2026, ore 10:42."""
    parts = {"day": day(value, locale), "time": time_of_day(value, locale)}
    return catalogue(locale).gettext(INSTANT) % parts


def _shown(category: str, answers: Answers, locale: str) -> dict[str, str]:
    """Give every answer as people read it, by the field's name; only what is asked and given."""
    translate = catalogue(locale).gettext
    return {
        asked.field.name: questionnaire.display(asked.field, value, locale=locale, translate=translate)
        for _section, fields in questionnaire.answered(category, answers)
        for asked, value in fields
        if value is not None
    }


def _person(category: str, shown: Shown, translate: Translate) -> dict[str, str]:
    """Say who signs: the signatory if one is named, else the representative, else the person that the company is."""
    prefix = next((one for one in ("signatory", "rep", "owner") if shown.get(f"{one}_last_name")), "owner")
    own_role = translate(OWN_ROLES[category]) if category in OWN_ROLES else ""
    code = shown.get("tax_code" if prefix == "owner" else f"{prefix}_tax_code", "")
    place = " ".join(
        filter(None, (shown.get(f"{prefix}_birth_place"), _bracketed(shown.get(f"{prefix}_birth_country"))))
    )
    return {
        "name": " ".join(filter(None, (shown.get(f"{prefix}_first_name"), shown.get(f"{prefix}_last_name")))),
        "tax_code": code,
        "born": _listed(shown.get(f"{prefix}_birth_date"), place),
        "quality": own_role if prefix == "owner" else shown.get(f"{prefix}_role", ""),
        "powers": shown.get(f"{prefix}_powers", ""),
    }


def _seat(shown: Shown) -> str:
    town = shown.get("hq_municipality", "")
    province = "" if town.endswith(")") else shown.get("hq_province")
    street = _listed(shown.get("hq_street"), shown.get("hq_number"))
    place = " ".join(filter(None, (shown.get("hq_zip"), town)))
    return _listed(street, place, province, shown.get("hq_country"))


def _remarks(category: str, answers: Answers, locale: str) -> list[tuple[str, str]]:
    """Give what was written beside the declarations."""
    translate = catalogue(locale).gettext
    return [
        (translate(asked.field.seen_as or asked.label), text)
        for section, fields in questionnaire.answered(category, answers)
        if section.slug == questionnaire.DECLARATIONS_SECTION
        for asked, value in fields
        if not asked.field.is_tick
        and (text := questionnaire.display(asked.field, value, locale=locale, translate=translate))
    ]


def declarations_of(
    kept: Iterable[Mapping[str, str]], translate: Translate, accepted_at: Mapping[tuple[str, str], str] | None = None
) -> list[dict[str, str]]:
    """Give the texts that were accepted, each with its version and, where it is known, the instant."""
    found = []
    for one in kept:
        title, text = translate(one["title"]), translate(one["text"])
        head = f"{title}." if text.startswith(f"{title}. ") else ""
        accepted = (accepted_at or {}).get((one["name"], one["version"]), "")
        found.append({
            "title": head, "text": text.removeprefix(head).lstrip(),
            "version": one["version"], "accepted_at": accepted,
        })  # fmt: skip
    return found


def sections_of(category: str, answers: Answers, locale: str) -> list[dict[str, object]]:
    """Give the answers by section and group; the declarations' ticks stand in their own part with their texts."""
    translate = catalogue(locale).gettext
    found: list[dict[str, object]] = []
    for section, fields in questionnaire.answered(category, answers):
        told = [pair for pair in fields if pair[0].field.name not in questionnaire.DECLARATION_VERSIONS]
        groups, missing = _groups(told, locale)
        # an empty remark beside the declarations is nothing that was left out
        if groups or (missing and section.slug != questionnaire.DECLARATIONS_SECTION):
            found.append({"title": translate(section.title), "groups": groups, "missing": missing})
    return found


def _groups(
    fields: Iterable[tuple[questionnaire.Asked, object]], locale: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Give the rows under their headings, and what was left empty; a whole group left empty by its title alone."""
    translate = catalogue(locale).gettext
    groups: list[dict[str, Any]] = []
    empty: list[tuple[str, str]] = []
    for asked, value in fields:
        label = translate(asked.field.seen_as or asked.label)
        title = translate(asked.field.group) if asked.field.group else ""
        values = answer_lines(asked.field, value, locale, translate)
        if not values:
            empty.append((title, label))
            continue
        if not groups or groups[-1]["title"] != title:
            groups.append({"title": title, "rows": []})
        groups[-1]["rows"].append({"label": label, "values": values})
    filled = {group["title"] for group in groups} | {""}
    return groups, list(dict.fromkeys(label if title in filled else title for title, label in empty))


def answer_lines(field: questionnaire.Field, value: object, locale: str, translate: Translate) -> list[str]:
    """Write an answer in lines."""
    # a tick is never left out: not ticked reads "No"
    given = bool(value) if field.is_tick else value
    return questionnaire.lines(field, given, locale=locale, translate=translate)


def document_of(kept: Mapping[str, Any], locale: str) -> dict[str, object]:
    """Put a document of the snapshot into words: what it is, what was typed, each file as received, why none is due."""
    translate = catalogue(locale).gettext
    kind = questionnaire.DOCUMENT_TYPES.get(kept["type"])
    typed = kept.get("details") or {}
    details = [
        f"{translate(field.seen_as or field.label)}: {text}"
        for field in (kind.fields if kind else ())
        if (text := questionnaire.display(field, typed.get(field.name), locale=locale, translate=translate))
    ]
    return {
        "title": questionnaire.document_title(kept["type"], kept.get("slot") or "").render(translate, locale),
        "details": details,
        "not_due": kept.get("not_due_reason") or "",
        "files": [
            {"name": file["name"], "size": size_of(file["size"], locale), "sha256": file["sha256"]}
            for file in kept.get("files", ())
        ],
    }


def size_of(size: int, locale: str) -> str:
    """Write a size in bytes, to be compared with what a computer says of the file."""
    return f"{format_decimal(size, locale=locale)} byte"


def _bracketed(text: str | None) -> str:
    return f"({text})" if text else ""


def _listed(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))
