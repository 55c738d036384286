"""The page of one application: its address, its sub-pages, its heading, the version that was seen. No handler."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.corrections import list_requests
from service.applications.documents import list_asked
from service.applications.models import Application, InformationRequest
from service.applications.states import LABELS
from service.applications.visibility import get_visible
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.locales import N_
from service.web.forms import Posted, whole_number
from service.web.session import CurrentPrincipal
from service.web.staff.words import STATE_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction


class Tab(StrEnum):
    """The sub-pages, by the last word of their address; the first has none."""

    SUMMARY = ""
    DATA = "dati"
    DOCUMENTS = "documenti"
    CHECKS = "verifiche"
    HISTORY = "cronologia"
    SNAPSHOTS = "istantanee"


TABS = {
    Tab.SUMMARY: N_("Riepilogo"),
    Tab.DATA: N_("Dati"),
    Tab.DOCUMENTS: N_("Documenti"),
    Tab.CHECKS: N_("Verifiche e pareri"),
    Tab.HISTORY: N_("Cronologia"),
    Tab.SNAPSHOTS: N_("Istantanee"),
}


@dataclass(frozen=True)
class Look:
    """An application before a person who looks at one of its sub-pages."""

    request: Request
    session: Session
    application: Application
    principal: Principal
    rounds: list[InformationRequest]

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        settings: Settings = self.request.app.state.settings
        return settings

    @cached_property
    def asked(self) -> AskedDocuments:
        """What is asked of the application, read once for all parts of the page."""
        return list_asked(self.session, self.application, settings=self.settings)


def read_look(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Look:
    """Read what the address is about. Raises NotFoundError."""
    application = get_visible(session, number, principal)
    return Look(request, session, application, principal, list_requests(session, application.id))


def heading(application: Application) -> dict[str, Any]:
    """Give state and categories of an application in words."""
    return {
        "state": LABELS[application.state],
        "state_kind": STATE_KINDS.get(application.state, ""),
        "category": text_of(questionnaire.CATEGORIES[application.legal_category].label),
        "supply": ", ".join(text_of(questionnaire.SUPPLY_TYPES[one].label) for one in application.supply_types),
    }


def path_of(application: Application, tab: Tab = Tab.SUMMARY) -> str:
    """Give the address of an application's page."""
    here = f"/gestione/richieste/{application.number}"
    return f"{here}/{tab}" if tab else here


def tabs_of(application: Application, shown: Tab) -> list[tuple[str, str, bool]]:
    """Give the sub-pages: name, address, whether it is the one shown."""
    return [(text_of(name), path_of(application, tab), tab == shown) for tab, name in TABS.items()]


def seen_version(posted: Posted) -> int:
    """Give the version the page was drawn for; a damaged one is never the present one."""
    return whole_number(posted.one("version")) or 0
