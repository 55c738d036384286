"""The application before whoever works at the desk: read by number, hidden from specialists of other areas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.models import Application
from service.applications.states import InvalidTransitionError, State
from service.applications.steps import who_was_faster
from service.applications.visibility import get_visible
from service.config import Settings
from service.web.flash import redirect
from service.web.forms import problems
from service.web.session import CurrentPrincipal
from service.web.staff.application_page import Tab, path_of
from service.web.staff.frame import page
from service.web.transaction import Transaction

SECTION = "s-"  # the anchors of sections begin so


@dataclass(frozen=True, slots=True)
class Case:
    """One application and the person who works on it."""

    request: Request
    session: Session
    application: Application
    principal: Principal

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def path(self) -> str:
        """Give the address of the application's page."""
        return f"/gestione/richieste/{self.application.number}"

    @property
    def about(self) -> str:
        """Name the application."""
        return f"{self.application.number} · {self.application.name}"

    def require_review(self) -> None:
        """Raise InvalidTransitionError unless it is under review: its forms are then of no use."""
        if self.application.state != State.UNDER_REVIEW:
            raise InvalidTransitionError(who_was_faster(self.application))

    def form(
        self, template: str, errors: Mapping[str, list[str]], order: tuple[str, ...], **context: Any
    ) -> HTMLResponse:
        """Give a page with a form; 422 and the summary when something is wrong."""
        return page(
            self.request, self.session, template, status=422 if errors else 200, application=self.application,
            about=self.about, back=self.path, errors=errors, problems=problems(errors, order), **context,
        )  # fmt: skip

    def done(self, anchor: str, told: str) -> Response:
        """Go back to a place of the sub-page it stands on, with a word about what was done."""
        tab = Tab.DATA if anchor.startswith(SECTION) else Tab.CHECKS
        return redirect(self.request, f"{path_of(self.application, tab)}#{anchor}", told)


def read_case(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Case:
    """Read what the address is about. Raises NotFoundError."""
    return Case(request, session, get_visible(session, number, principal), principal)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]
