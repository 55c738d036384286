"""What the pages of an act on many are about: who wants what done, and what they have chosen and typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.actions.terms import Refusal
from service.applications.bulk import choosing
from service.applications.bulk.acts import Act
from service.applications.bulk.choosing import Chosen
from service.applications.bulk.states import BulkAction
from service.applications.desk.people import list_people
from service.config import Settings
from service.locales import N_, gettext
from service.web.forms import Posted
from service.web.staff.decision_forms import Errors, ReasonsForm

QUEUE, BATCHES, HERE = "/gestione/richieste", "/gestione/azioni", "/gestione/richieste/azioni"
LINES = "righe"
# title, and what happens to each
WORDS: Mapping[BulkAction, tuple[str, str]] = {
    BulkAction.TAKE: (N_("Prendi in carico più richieste"), N_("Passa a «In valutazione», assegnata a te")),
    BulkAction.ASSIGN: (N_("Assegna più richieste"), N_("Assegnata a %(name)s")),
    BulkAction.APPROVE: (N_("Accetta più richieste"), N_("Accettata")),
    BulkAction.REJECT: (N_("Respingi più richieste"), N_("Respinta")),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A person who wants something done to many."""

    request: Request
    session: Session
    principal: Principal
    action: BulkAction

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def people(self) -> dict[str, str]:
        """Give everybody there is to assign to, and whoever asks in any case."""
        return {self.principal.subject: self.principal.name} | list_people(self.session)

    def act(self, decision: Mapping[str, Any]) -> Act:
        """Give what is done to each."""
        return Act(self.action, self.principal, self.settings, decision)

    def chosen(self, posted: Posted) -> list[Chosen]:
        """Read what the pages carry on, or what the queue was left with; one more than `bulk_most` tells of more."""
        most = self.settings.bulk_most
        if LINES in posted:
            return choosing.read_lines(posted.every(LINES), most=most)
        if posted.one("tutte") or posted.one("quali") == "tutte":
            query = posted.one("filtro")
            return choosing.choose_filtered(self.session, query, by=self.principal, settings=self.settings)
        return choosing.choose_numbers(self.session, posted.every("sel"), by=self.principal, most=most)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed beside the choice: nothing for some acts, a person, or the reasons of a refusal."""

    is_asked: bool = True  # the page that asks for it was already shown
    decision: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    person: str = ""
    reasons: ReasonsForm = field(default_factory=ReasonsForm)


def read_typed(wish: Wish, posted: Posted) -> Typed:
    """Read what this act needs."""
    if wish.action == BulkAction.ASSIGN:
        return _read_person(wish, posted)
    return _read_reasons(wish, posted) if wish.action == BulkAction.REJECT else Typed()


def _read_person(wish: Wish, posted: Posted) -> Typed:
    if "persona" not in posted:
        return Typed(is_asked=False)
    person = posted.one("persona")
    name = wish.people.get(person)
    if name is None:
        return Typed(errors={"persona": [gettext("Scegli una persona dall’elenco.")]})
    return Typed(decision={"subject": person, "name": name}, hidden={"persona": person}, person=person)


def _read_reasons(wish: Wish, posted: Posted) -> Typed:
    if "reason_code" not in posted:
        return Typed(is_asked=False, reasons=ReasonsForm.of(Refusal(""), wish.settings))
    form = ReasonsForm.read(posted, is_double=False)
    reasons = form.reasons
    decision = Refusal(reasons.code, reasons.text, reasons.reapply_from).plain() | {"note": reasons.note}
    return Typed(decision=decision, hidden=form.hidden | {"note": form.note}, errors=form.errors(), reasons=form)
