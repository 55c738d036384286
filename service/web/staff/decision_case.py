"""What the pages of an outcome are about: one application, one outcome, decided or only proposed, and by whom."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.actions.terms import Refusal, Terms
from service.applications.desk.models import Proposal
from service.applications.desk.proposals import APPROVE, REJECT, find_proposal
from service.applications.models import Application
from service.config import Settings
from service.locales import N_
from service.web.staff.applications import path_of
from service.web.staff.preview import Decision, Reasons

CONFIRM, CHANGE, AS_PROPOSED = "conferma", "condizioni", "proposta"


class Outcome(StrEnum):
    """What is decided, by its word in the address; `chiudi` ends a parked duplicate."""

    ACCEPT = "accetta"
    REFUSE = "respingi"
    CLOSE = "chiudi"


KINDS = {Outcome.ACCEPT: APPROVE, Outcome.REFUSE: REJECT}
# title, button of the confirmation, message afterwards; by whether it is only proposed, and the outcome
WORDS = {
    (False, Outcome.ACCEPT): (
        N_("Accetta la prequalifica"),
        N_("Conferma: accetta"),
        N_("La prequalifica è accettata. L’utenza e le e-mail sono in coda."),
    ),
    (False, Outcome.REFUSE): (
        N_("Respingi la prequalifica"),
        N_("Conferma: respingi"),
        N_("La prequalifica è respinta. L’e-mail all’impresa è in coda."),
    ),
    (False, Outcome.CLOSE): (
        N_("Chiudi come duplicato"),
        N_("Conferma: chiudi"),
        N_("La domanda è chiusa come duplicato. L’e-mail all’impresa è in coda."),
    ),
    (True, Outcome.ACCEPT): (
        N_("Proponi di accettare"),
        N_("Conferma la proposta"),
        N_("La proposta di accettare è pronta per chi decide."),
    ),
    (True, Outcome.REFUSE): (
        N_("Proponi di respingere"),
        N_("Conferma la proposta"),
        N_("La proposta di respingere è pronta per chi decide."),
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """An application before a person who decides, or proposes; `come`: as proposed, or with other terms."""

    request: Request
    session: Session
    application: Application
    principal: Principal
    outcome: Outcome
    is_proposal: bool = False
    come: str = ""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def words(self) -> tuple[str, str, str]:
        """Title, button, message afterwards."""
        return WORDS[self.is_proposal, self.outcome]

    @property
    def address(self) -> str:
        """Where its forms are sent."""
        return f"{path_of(self.application)}/{'proposta' if self.is_proposal else 'decisione'}?esito={self.outcome}"

    @property
    def proposal(self) -> Proposal | None:
        """The open proposal of this outcome, when the page is to begin with it."""
        found = find_proposal(self.session, self.application.id) if self.come == AS_PROPOSED else None
        return found if found is not None and found.outcome == KINDS.get(self.outcome) else None

    def decision(self, version: int) -> Decision:
        """Bind the decision to the version that was seen."""
        return Decision(self.application.id, version, self.principal, self.settings)

    def trial(self, version: int) -> Decision:
        """Give what is tried for the preview: of a proposal, the decision it is about."""
        return self.decision(version).on_behalf if self.is_proposal else self.decision(version)

    def accept(self, version: int, terms: Terms, *, note: str) -> None:
        """Accept on these terms, or propose to. Raises what the actions raise."""
        if self.is_proposal:
            self.decision(version).propose(self.session, APPROVE, terms.plain(), note=note)
        else:
            self.decision(version).approve(self.session, note=note, terms=terms)

    def refuse(self, version: int, reasons: Reasons) -> None:
        """Refuse for these reasons, or propose to. Raises what the actions raise."""
        if self.is_proposal:
            plain = Refusal(reasons.code, reasons.text, reasons.reapply_from).plain()
            self.decision(version).propose(self.session, REJECT, plain, note=reasons.note)
        else:
            self.decision(version).reject(self.session, reasons)

    def shown(self, version: int) -> dict[str, Any]:
        """Give what every page of an outcome shows."""
        return {
            "application": self.application,
            "title": self.words[0],
            "button": self.words[1],
            "address": self.address,
            "is_proposal": self.is_proposal,
            "is_danger": self.outcome != Outcome.ACCEPT,
            "version": version,
            "back": path_of(self.application),
        }
