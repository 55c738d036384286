"""What a decision would do, found by doing it in a savepoint and taking it back: so the preview is the letter itself.

Sequences are not taken back: a preview of an approval uses up one supplier number, which nobody has seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.provisioning import PASSWORD_HOURS
from service.applications import actions
from service.applications.letters import LETTERS
from service.applications.models import Application
from service.config import Settings
from service.locales import gettext
from service.mail.port import Letter


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an application is refused: the code, the text for the company, the note for us."""

    code: str
    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What it is about, which version was seen, and who decides."""

    application_id: UUID
    version: int
    by: Principal
    settings: Settings

    def approve(self, session: Session, *, note: str = "") -> None:
        """Accept. Raises what `actions.approve` raises."""
        actions.approve(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings, note=note
        )

    def reject(self, session: Session, reasons: Reasons) -> None:
        """Refuse. Raises what `actions.reject` raises."""
        actions.reject(
            session, self.application_id, version=self.version, by=self.by, settings=self.settings,
            reason_code=reasons.code, reason_text=reasons.text, note=reasons.note,
        )  # fmt: skip


def preview_approval(session: Session, decision: Decision) -> Letter:
    """Give the letter an approval would send. Raises what the approval would raise."""
    return _tried(session, decision, lambda: decision.approve(session), "application_approved")


def preview_refusal(session: Session, decision: Decision, reasons: Reasons) -> Letter:
    """Give the letter a refusal would send. Raises what the refusal would raise, ReasonError among it."""
    return _tried(session, decision, lambda: decision.reject(session, reasons), "application_rejected")


def keycloak_plan(application: Application, settings: Settings) -> list[tuple[str, str]]:
    """Say what Keycloak will do after an approval: pairs of a word and what goes there."""
    who = [
        (gettext("Utente"), gettext("nuovo, con nome f…-01 (il numero del fornitore nasce con la conferma)")),
        (gettext("Gruppo"), "/fornitori"),
        (gettext("E-mail a"), application.contact_email),
    ]
    if settings.access_mode == "temporary_password":
        said = gettext("nome utente e password temporanea, valida %(hours)s ore, da cambiare al primo accesso",
                       hours=PASSWORD_HOURS)  # fmt: skip
        return [*who, (gettext("Oggetto"), gettext("Dati di accesso a ICRI ProActive")), (gettext("Contiene"), said)]
    said = gettext("nome utente e collegamento, valido %(hours)s ore, per impostare la password",
                   hours=settings.access_link_hours)  # fmt: skip
    return [*who, (gettext("Oggetto"), gettext("Dati di accesso a ICRI ProActive")), (gettext("Contiene"), said)]


def _tried(session: Session, decision: Decision, action: Callable[[], None], message: str) -> Letter:
    savepoint = session.begin_nested()
    try:
        action()
        session.flush()
        letter = LETTERS[message](session, {"about": str(decision.application_id)}, decision.settings)
    finally:
        savepoint.rollback()
        session.info.pop("crash_at_commit", None)  # the commit that follows decides nothing
    assert letter is not None  # noqa: S101 - the action has just made what the letter tells
    return letter
