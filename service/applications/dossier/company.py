"""What the company has said and sent: its data, declarations, documents with every version and fingerprint."""

from dataclasses import asdict

from service import questionnaire
from service.applications.dossier.case import Case, Facts
from service.applications.outcome_words import leaf_reason, leaf_words
from service.applications.papers import declarations_of, document_of, sections_of, size_of
from service.applications.repository import list_acknowledgements, list_warnings
from service.applications.states import HOLD_LABELS, LABELS
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.states import Scan, Verdict

GRANTED = {True: "granted", False: "refused", None: "asked"}


def company_facts(case: Case) -> Facts:
    """Give who asks for what since when, and how it stands."""
    one = case.application
    supply = [case.translate(questionnaire.SUPPLY_TYPES[code].label) for code in one.supply_types]
    return {
        "state": case.translate(LABELS[one.state]),
        "hold": case.translate(HOLD_LABELS[one.hold]) if one.hold else "",
        "company": one.name,
        "category": case.translate(questionnaire.CATEGORIES[one.legal_category].label),
        "supply": supply,
        "tax_code": one.tax_code or "",
        "vat_number": one.vat_number or "",
        "contact": [one.contact_name, one.contact_email],
        "started_at": case.at(one.created_at),
        "sent_at": case.at(one.submitted_at),
        "assignee": one.assignee_name or "",
        "reviewed_since": case.at(one.reviewed_since),
        "erase_on": case.day(one.erase_on),
        "legal_hold": [line for line in (one.legal_hold_reason, one.legal_hold_by) if line],
        "legal_hold_review": case.day(one.legal_hold_review_on),
        "leaves": [
            {"name": leaf_words(row.leaf, case.translate), "outcome": GRANTED[row.is_granted],
             "reason": leaf_reason(row, case.translate) if row.is_granted is False else ""}
            for row in one.categories
        ],
    }  # fmt: skip


def answer_facts(case: Case) -> Facts:
    """Give every answer, what the checks remarked at the submission, and the declarations with their versions."""
    category, answers = case.application.legal_category, case.answers
    read_at = {(row.text, row.version): case.at(row.read_at)
               for row in list_acknowledgements(case.session, case.application.id)}  # fmt: skip
    accepted = [asdict(one) for one in questionnaire.accepted_declarations(category, answers)]
    labels = {
        asked.field.name: case.translate(asked.field.seen_as or asked.label)
        for _section, fields in questionnaire.answered(category, answers)
        for asked, _value in fields
    }
    warnings = list_warnings(case.session, case.application.id)
    return {
        "sections": sections_of(category, answers, case.locale),
        "declarations": declarations_of(accepted, case.translate, read_at),
        "warnings": [{"label": labels.get(one.field, one.field), "text": one.text} for one in warnings],
    }


def document_facts(case: Case) -> Facts:
    """Give every document with all its versions, and which of those that must be there are not."""
    given, present = case.asked.documents, case.asked.present
    missing = [
        one.heading.render(case.translate, case.locale)
        for one in case.asked.required
        if one.is_mandatory and (one.type.code, one.slot) not in present
    ]
    return {"documents": [_document(case, one) for one in given if one.versions], "missing": missing}


def _document(case: Case, document: Document) -> Facts:
    title = questionnaire.document_title(document.type, document.slot).render(case.translate, case.locale)
    newest_first = sorted(document.versions, key=lambda one: -one.number)
    return {"title": title, "versions": [_version(case, document, one) for one in newest_first]}


def _version(case: Case, document: Document, version: DocumentVersion) -> Facts:
    told = document_of(
        {"type": document.type, "slot": document.slot, "details": version.details,
         "not_due_reason": version.not_due_reason},
        case.locale,
    )  # fmt: skip
    is_judged = version.verdict != Verdict.TO_CHECK
    return {
        "number": str(version.number),
        "given_at": case.at(version.created_at),
        "details": told["details"],
        "not_due": told["not_due"],
        "expires_on": case.day(version.expires_on),
        "verdict": case.word(version.verdict),
        "judged_by": case.by(version.judged_by_name, version.judged_at) if is_judged else "",
        "reason": case.reason(version.reason_code, version.reason_text),
        "erased_on": case.day(version.files_erased_on),
        "files": [_file(case, one) for one in version.files],
    }


def _file(case: Case, file: DocumentFile) -> Facts:
    remarks = [case.translate(case.words.flags.get(flag, flag)) for flag in file.flags]
    if file.scan != Scan.CLEAN:
        remarks.insert(0, ": ".join(filter(None, (case.word(file.scan), file.scan_note))))
    return {
        "name": file.name,
        "size": size_of(file.size, case.locale),
        "sha256": file.sha256,
        "stored_size": size_of(file.stored_size, case.locale),
        "stored_sha256": file.stored_sha256,
        "remarks": remarks,
        "lost_at": case.at(file.lost_at),
    }
