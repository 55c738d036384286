"""What a decision would do, found by doing it in a savepoint and taking it back: so the preview is the letter itself.

Sequences are not taken back: a preview of an approval uses up one supplier number, which nobody has seen.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts.endings import Ending, find_return
from service.accounts.joining import find_live
from service.accounts.letters import temporary_password_subject
from service.accounts.provisioning import ACCESS_SUBJECTS, PASSWORD_HOURS
from service.accounts.states import AccountState
from service.applications import actions
from service.applications.actions.terms import WHOLE, Terms
from service.applications.correction_letters import LETTERS as CORRECTION_LETTERS
from service.applications.draft_letters import LETTERS as DRAFT_LETTERS
from service.applications.letters import LETTERS as APPLICATION_LETTERS
from service.applications.models import Application
from service.config import Settings
from service.jobs.repository import list_by_keys
from service.locales import N_, gettext
from service.mail.port import Letter
from service.web.staff.ending_words import return_words, warning_words

LETTERS = {**APPLICATION_LETTERS, **CORRECTION_LETTERS, **DRAFT_LETTERS}
# the link of a letter that is taken back leads nowhere, and nobody should pass it on
LINK = re.compile(r"(/(?:stato|riprendi)/)[A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an application is refused: the code, the text for the company, the note for us, the day to apply again."""

    code: str
    text: str = ""
    note: str = ""
    reapply_from: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What it is about, which version was seen, and who decides."""

    application_id: UUID
    version: int
    by: Principal
    settings: Settings

    def ask(self, session: Session, wanted: Sequence[actions.Wanted]) -> UUID:
        """Ask for corrections; give the round. Raises what `actions.request_information` raises."""
        return actions.request_information(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings, wanted=wanted
        ).id

    def extend(self, session: Session) -> UUID:
        """Give more time; give the round. Raises what `actions.extend_deadline` raises."""
        return actions.extend_deadline(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings
        ).id

    def withdraw(self, session: Session, *, note: str) -> None:
        """Take back as the company has asked. Raises what `actions.withdraw` raises."""
        actions.withdraw(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings, note=note
        )

    @property
    def on_behalf(self) -> "Decision":
        """Give the decision that a proposal is about: by somebody who may decide, whoever that will be."""
        somebody = Principal("preview", self.by.name, frozenset({Role.APPROVER}))
        return replace(self, by=somebody, settings=self.settings.model_copy(update={"four_eyes": False}))

    def approve(self, session: Session, *, note: str = "", terms: Terms = WHOLE) -> None:
        """Accept. Raises what `actions.approve` raises."""
        actions.approve(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings, note=note,
            terms=terms,
        )  # fmt: skip

    def propose(self, session: Session, outcome: str, decision: Mapping[str, Any], *, note: str = "") -> None:
        """Propose. Raises what `actions.propose` raises."""
        actions.propose(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings, outcome=outcome,
            decision=decision, note=note,
        )  # fmt: skip

    def reopen(self, session: Session) -> UUID:
        """Copy as new; give the draft. Raises what `actions.copy_as_new` raises."""
        return actions.copy_as_new(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings
        ).id

    def reject(self, session: Session, reasons: Reasons) -> None:
        """Refuse. Raises what `actions.reject` raises."""
        actions.reject(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings,
            reason_code=reasons.code, reason_text=reasons.text, note=reasons.note, reapply_from=reasons.reapply_from,
        )  # fmt: skip


def preview_approval(session: Session, decision: Decision, terms: Terms = WHOLE) -> Letter:
    """Give the letter an approval would send. Raises what the approval would raise."""
    return _tried(session, decision, lambda: decision.approve(session, terms=terms), "application_approved")


def preview_refusal(session: Session, decision: Decision, reasons: Reasons) -> Letter:
    """Give the letter a refusal would send. Raises what the refusal would raise, ReasonError among it."""
    return _tried(session, decision, lambda: decision.reject(session, reasons), "application_rejected")


def preview_request(session: Session, decision: Decision, wanted: Sequence[actions.Wanted]) -> Letter:
    """Give the letter that would ask for corrections. Raises what asking would raise, WantedError among it."""
    return _tried(session, decision, lambda: decision.ask(session, wanted), "information_request")


def preview_extension(session: Session, decision: Decision) -> Letter:
    """Give the letter that would tell of more time. Raises what giving it would raise."""
    return _tried(session, decision, lambda: decision.extend(session), "information_extended")


def preview_withdrawal(session: Session, decision: Decision) -> Letter:
    """Give the letter a withdrawal would send. Raises what the withdrawal would raise."""
    return _tried(session, decision, lambda: decision.withdraw(session, note=""), "application_withdrawn")


def preview_reopening(session: Session, decision: Decision) -> Letter:
    """Give the letter that goes with a copy of a wrong refusal. Raises what making it would raise."""
    savepoint = session.begin_nested()
    try:
        draft_id = decision.reopen(session)
        session.flush()
        return _written(session, decision, "application_reopened", draft_id)
    finally:
        savepoint.rollback()


def keycloak_plan(session: Session, application: Application, settings: Settings) -> list[tuple[str, str]]:
    """Say what Keycloak will do after an approval: pairs of a word and what goes there."""
    known = find_live(session, application.contact_email)
    if known is not None and known.state == AccountState.SUSPENDED:
        return [
            (gettext("Utente"), gettext("già esistente e sospeso: %(username)s", username=known.username)),
            (gettext("E-mail di accesso"), gettext("nessuna: la persona non entra finché l’utenza non è riattivata")),
        ]
    if known is not None and known.state == AccountState.FAILED:
        return [
            (gettext("Utente"), gettext("mai creato: %(username)s. Motivo: %(reason)s", username=known.username,
                                        reason=known.failure or "-")),
            (gettext("E-mail di accesso"),
             gettext("nessuna: l’accesso non arriva finché la creazione dell’utenza non è sistemata")),
        ]  # fmt: skip
    if known is not None and known.state == AccountState.PENDING:
        return [
            (gettext("Utente"), gettext("già in creazione: %(username)s, con un’impresa in più",
                                        username=known.username)),
            (gettext("E-mail di accesso"), gettext("quella già prevista, quando l’utenza è creata")),
        ]  # fmt: skip
    if known is not None:
        has_come = known.password_set_at is not None or known.first_sign_in_at is not None
        said = N_("nessuna: la persona ha già le sue credenziali")
        if not has_come:
            said = N_("nessuna nuova: la persona non è ancora entrata; si reinvia dalla pagina del fornitore")
        return [
            (gettext("Utente"), gettext("già esistente: %(username)s, con un’impresa in più", username=known.username)),
            (gettext("E-mail di accesso"), gettext(said)),
        ]
    returning = find_return(session, application.contact_email)
    if settings.access_mode == "temporary_password":
        subject = temporary_password_subject(application.locale)
        said = gettext("nome utente e password temporanea, valida %(hours)s ore, da cambiare al primo accesso",
                       hours=PASSWORD_HOURS)  # fmt: skip
    else:
        subject = ACCESS_SUBJECTS[application.locale]
        said = gettext("nome utente e collegamento, valido %(hours)s ore, per impostare la password",
                       hours=settings.access_link_hours)  # fmt: skip
    return [
        *_whose(returning),
        (gettext("Gruppo"), "/fornitori"),
        (gettext("E-mail a"), application.contact_email),
        (gettext("Oggetto"), subject),
        (gettext("Contiene"), said),
    ]


def _whose(returning: Ending | None) -> list[tuple[str, str]]:
    """Say whether the account is a new one, or one that had ended and becomes active again."""
    if returning is None:
        return [(gettext("Utente"), gettext("nuovo, con nome f…-01 (il numero del fornitore nasce con la conferma)"))]
    said = [(gettext("Utente"), return_words(returning))]
    if warning := warning_words(returning):
        said.append((gettext("Attenzione"), warning))
    return said


def _tried(session: Session, decision: Decision, action: Callable[[], UUID | None], message: str) -> Letter:
    """Act, write the letter from the job that the act has left, and take all back; `action` gives the round, if any."""
    savepoint = session.begin_nested()
    try:
        round_id = action()
        session.flush()
        return _written(session, decision, message, decision.application_id, round_id)
    finally:
        savepoint.rollback()
        session.info.pop("crash_at_commit", None)  # the commit that follows decides nothing


def _written(session: Session, decision: Decision, message: str, about: UUID, round_id: UUID | None = None) -> Letter:
    key = ":".join(("mail", message, str(about), *([str(round_id)] if round_id else ())))
    job = list_by_keys(session, [key])[0]
    letter = LETTERS[message](session, job.args, decision.settings)
    assert letter is not None  # noqa: S101 - the action has just made what the letter tells
    return replace(letter, text=LINK.sub(r"\1…", letter.text))
