"""What the applicant does before sending: start, save, change category, discard; mailed links are in `linking`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service import questionnaire
from service.access.links import Link
from service.access.principal import APPLICANT, SYSTEM
from service.applications.actions.acknowledging import acknowledge
from service.applications.actions.linking import resend_confirmation
from service.applications.actions.proving import prove_anew
from service.applications.changes import note_changes
from service.applications.models import (
    Acknowledgement,
    Application,
    ApplicationAnswers,
    ApplicationCategory,
)
from service.applications.places import place_of
from service.applications.repository import get_application, list_drafts_untouched
from service.applications.states import FINAL_STATES, State, next_state
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.documents.actions import erase_documents
from service.documents.repository import Owner
from service.errors import ConflictError, InvalidError

NOTICE_VERSION = "2026-11"
LONGEST_NAME = 200


class AddressNotConfirmedError(InvalidError):
    """The link sent to the applicant's address was not opened yet."""

    code = "address_not_confirmed"
    title = "Prima di inviare conferma il tuo indirizzo e-mail"


class IncompleteError(InvalidError):
    """Answers are missing or not right."""

    code = "incomplete"
    title = "Mancano ancora dei dati"


@dataclass(frozen=True, slots=True)
class InvitedBy:
    """What a used invitation brings along: its address counts as proven, the company's name is filled in."""

    invitation_id: UUID
    inviter: str
    email: str
    company_name: str = ""
    tax_code: str = ""
    leaves: tuple[str, ...] = ()  # suggested; those that the chosen types of supply allow are ticked


def start(
    session: Session,
    *,
    category: str,
    values: Mapping[str, Any],
    settings: Settings,
    invited: InvitedBy | None = None,
    application_id: UUID | None = None,
) -> Application:
    """Open a draft from a good `avvio` section. Leaves the rows, `application.started`, mail `confirm_address`.

    Whoever may send the same form twice gives the `application_id` and looks first (`find_started`).
    """
    now = utc_now()
    answers = {
        "questionnaire_version": questionnaire.QUESTIONNAIRE_VERSION,
        "avvio": {**values, "legal_category": category},
        "_raw": {},
    }
    application = Application(
        legal_category=category,
        supply_types=[],
        contact_email="",
        contact_name="",
        created_at=now,
        touched_at=now,
        content=ApplicationAnswers(answers=answers),
    )
    if application_id is not None:
        application.id = application_id
    if invited is not None:
        application.invitation_id, application.invited_by = invited.invitation_id, invited.inviter
        answers |= _known_already(invited, category, values)
    session.add(application)
    copy_columns(application, answers)
    session.flush()
    session.add(Acknowledgement(application_id=application.id, text="privacy", version=NOTICE_VERSION, read_at=now))
    record(session, "application.started", application.id, by=APPLICANT, category=category)
    if invited is not None and invited.email.lower() == application.contact_email.lower():
        application.email_confirmed_at = now
        record(session, "application.email_confirmed", application.id, by=APPLICANT, how="invitation")
    else:
        resend_confirmation(session, application.id, settings=settings)
    return application


def _known_already(invited: InvitedBy, category: str, values: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """Give the answers that the invitation knows and this category is asked."""
    names = {one.name for one in questionnaire.possible_fields("anagrafica", category=category)}
    told = {"company_name": invited.company_name, "tax_code": invited.tax_code}
    known: dict[str, object] = {name: value for name, value in told.items()
                                if name in names and 0 < len(value) <= LONGEST_NAME}  # fmt: skip
    types = values.get("supply_types") or []
    suggested = [leaf for code, leaf in questionnaire.LEAVES.items() if code in invited.leaves]
    leaves = [leaf.code for leaf in suggested if questionnaire.is_selectable(leaf, types)]
    found: dict[str, dict[str, object]] = {"anagrafica": known, "attivita": {"merchandise": leaves} if leaves else {}}
    return {section: own for section, own in found.items() if own}


def save_section(
    session: Session,
    application_id: UUID,
    section: str,
    parsed: questionnaire.Parsed,
    *,
    settings: Settings,
    browser: str = "",
) -> Application:
    """Store the good values and, as typed, the rest; keep which declarations were accepted when.

    A changed address must be proven again, and only the `browser` with this cookie still has the draft open. Other
    types of supply drop what these do not ask.
    """
    application = _get_for_writing(session, application_id)
    next_state("save", application.state, detail="La domanda è già stata inviata: i dati non si possono più cambiare.")
    old_email = application.contact_email
    before = questionnaire.upgrade(application.content.answers)
    answers = {**before, section: {**parsed.values, **_locked(before, section)}}
    answers["_raw"] = {**answers.get("_raw", {}), section: parsed.raw}
    if not parsed.raw:
        answers["_raw"].pop(section)
    types = answers["avvio"].get("supply_types")
    if types and types != before["avvio"].get("supply_types"):
        # the page has said what falls (`dropped_by_supply_types`)
        answers = questionnaire.change_supply_types(application.legal_category, answers, types)
    _store(application, answers)
    session.flush()
    if section == questionnaire.DECLARATIONS_SECTION:
        acknowledge(session, application)
    prove_anew(session, application, old_email, settings=settings, browser=browser)
    return application


def change_draft_address(
    session: Session, application_id: UUID, email: str, *, settings: Settings, browser: str = ""
) -> None:
    """Write to another address from now on, from `draft`: it must be proven, links to the old one die.

    So do the sessions of all browsers but the one with the cookie `browser`: one may be of whoever reads the old one.
    """
    application = _get_for_writing(session, application_id)
    next_state("save", application.state, detail="La domanda è già stata inviata.")
    old_email = application.contact_email
    answers = questionnaire.upgrade(application.content.answers)
    answers["avvio"] = {**answers["avvio"], "contact_email": email}
    _store(application, answers)
    session.flush()
    prove_anew(session, application, old_email, settings=settings, browser=browser)


def keep_typed(
    session: Session, application_id: UUID, section: str, typed: Mapping[str, Any], *, unsettled: Collection[str] = ()
) -> bool:
    """Keep, unjudged, what was typed in a form whose session had ended; nothing is read back. False: no such draft.

    Of what is kept as typed already, fields not in `typed` stay. `unsettled` are those over whose value, saved by
    another window meanwhile, something else was typed: the next Salva asks which of the two stays.
    """
    application = session.get(Application, application_id, with_for_update=True, populate_existing=True)
    if application is None or application.state != State.DRAFT:
        return False
    session.refresh(application.content)
    answers = questionnaire.upgrade(application.content.answers)
    raw = answers.get("_raw", {})
    answers["_raw"] = {**raw, section: {**raw.get(section, {}), **typed}}
    _store(application, answers, unsettled=unsettled)
    return True


def change_category(session: Session, application_id: UUID, category: str) -> Application:
    """Change the categoria società of a draft: shared answers stay, the old category's own go."""
    application = _get_for_writing(session, application_id)
    next_state("save", application.state)
    old = application.legal_category
    answers = questionnaire.change_category(questionnaire.upgrade(application.content.answers), old, category)
    answers["avvio"] = {**answers.get("avvio", {}), "legal_category": category}
    application.legal_category = category
    _store(application, answers)
    # what the new category never asks has no window to come from
    application.content.changed = {
        section: {name: entry for name, entry in fields.items() if name in _possible(section, category)}
        for section, fields in application.content.changed.items()
    }
    return application


def discard(session: Session, application_id: UUID) -> None:
    """Erase a draft at once, at the applicant's wish. Leaves `application.discarded` and a job for its files."""
    application = get_application(session, application_id, lock=True)
    next_state("discard", application.state)
    _erase(session, application)
    record(session, "application.discarded", application_id, by=APPLICANT)


def expire_drafts(session: Session, *, settings: Settings) -> int:
    """Erase the drafts whose promised time has passed; gives how many. Safe to repeat."""
    found = list_drafts_untouched(
        session,
        confirmed=timedelta(days=settings.draft_days),
        unconfirmed=timedelta(hours=settings.unconfirmed_draft_hours),
        now=utc_now(),
    )
    for application_id in found:
        application = get_application(session, application_id, lock=True)
        next_state("expire", application.state)
        _erase(session, application)
        record(session, "application.expired", application_id, by=SYSTEM)
    return len(found)


def _get_for_writing(session: Session, application_id: UUID) -> Application:
    """Lock a draft and read its answers again: a page may have read them before another window's Salva."""
    application = get_application(session, application_id, lock=True)
    session.refresh(application.content)
    return application


def _locked(answers: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Of `avvio`, the category is changed by an action of its own and survives a Salva."""
    return {"legal_category": answers["avvio"]["legal_category"]} if section == "avvio" else {}


def _possible(section: str, category: str) -> frozenset[str]:
    return frozenset(one.name for one in questionnaire.possible_fields(section, category=category))


def replace_answers(application: Application, answers: dict[str, Any]) -> None:
    """Put other answers in the place of all a draft has."""
    next_state("save", application.state)
    _store(application, answers)


def _store(application: Application, answers: dict[str, Any], *, unsettled: Collection[str] = ()) -> None:
    content, now = application.content, utc_now()
    application.touched_at = now
    application.version += 1
    content.changed = note_changes(
        content.changed, content.answers, answers, version=application.version, at=now, unsettled=unsettled
    )
    content.answers = answers
    flag_modified(content, "answers")
    copy_columns(application, answers)


def copy_columns(application: Application, answers: Mapping[str, Any]) -> None:
    """Copy to the narrow row what lists, mails and the unique key need (domain.md section 2)."""
    opening, identity = answers.get("avvio", {}), answers.get("anagrafica", {})
    application.supply_types = list(opening.get("supply_types", application.supply_types))
    application.contact_email = opening.get("contact_email", application.contact_email)
    application.contact_name = " ".join(
        filter(None, (opening.get("contact_first_name"), opening.get("contact_last_name")))
    )
    application.locale = opening.get("locale") or "it"
    application.name = questionnaire.company_name(application.legal_category, answers) or ""
    application.tax_code = identity.get("tax_code")
    application.vat_number = identity.get("vat_number") or identity.get("eu_vat_number")
    application.province = place_of(answers)
    activity = answers.get("attivita", {})
    bands = activity.get("max_order", {})
    wanted = [(leaf, bands.get(leaf)) for leaf in sorted(activity.get("merchandise", []))]
    if [(row.leaf, row.max_order) for row in application.categories] != wanted:
        application.categories = [ApplicationCategory(leaf=leaf, max_order=band) for leaf, band in wanted]


def _erase(session: Session, application: Application) -> None:
    if application.state in FINAL_STATES:
        raise ConflictError
    session.execute(delete(Link).where(Link.about == application.id))
    erase_documents(session, Owner(application_id=application.id))
    session.delete(application)
    session.flush()
