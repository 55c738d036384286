"""The door of the pages of corrections: which round this browser may answer, and what it is told when there is none."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSession
from service.applications.correction_work import OpenParts, Work
from service.applications.corrections import find_open_request, list_requests
from service.applications.models import Application, InformationRequest
from service.applications.repository import get_application
from service.applications.states import InvalidTransitionError, State
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext
from service.web.dates import day
from service.web.flash import redirect
from service.web.public.draft_doors import STATUS_PAGE
from service.web.public.status import current_application
from service.web.session import CurrentApplicant
from service.web.transaction import Transaction

HERE = "/stato/integrazioni"
ASK = "/stato"
NOT_OPEN = N_(
    "Per vedere le integrazioni apri il collegamento che ti abbiamo inviato per e-mail, oppure chiedine uno nuovo qui:"
    " quello che avevi già salvato c’è ancora."
)
CHANGED = N_("Nel frattempo la domanda è cambiata: qui vedi a che punto è.")


class NoRoundError(Exception):
    """This browser has nothing to correct: `text` says why, `page` is where it goes on."""

    def __init__(self, text: str, page: str = STATUS_PAGE) -> None:
        super().__init__(text)
        self.text = text
        self.page = page

    @property
    def is_known(self) -> bool:
        """Tell whether this browser follows an application."""
        return self.page != ASK


class CorrectionRoute(APIRoute):
    """A route that answers a round that is over, or was never this browser's, with the way on."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except NoRoundError as error:
                return redirect(request, error.page, error.text, "info")
            except InvalidTransitionError:
                # answered, ended or withdrawn between the look and the lock
                return redirect(request, STATUS_PAGE, gettext(CHANGED), "info")

        return guarded


@dataclass(frozen=True, slots=True)
class Round:
    """What ICRI has asked of an application and is not answered yet; `work` says what follows from the answers so far.

    It is one look: whoever has saved something takes another.
    """

    application: Application
    request: InformationRequest
    work: Work

    @property
    def category(self) -> str:
        """Give the categoria società, which no correction changes."""
        return self.application.legal_category

    @property
    def answers(self) -> dict[str, Any]:
        """Give the working copy of the answers."""
        return self.work.working

    @property
    def parts(self) -> OpenParts:
        """Give what may be changed now."""
        return self.work.open_parts

    def again(self, session: Session, settings: Settings) -> "Round":
        """Take another look."""
        return Round(self.application, self.request, Work(session, self.application, self.request, settings))


def find_round(
    session: Session, applicant: ApplicantSession | None, settings: Settings, *, lock: bool = False
) -> Round:
    """Give the open round of the application this browser follows, and speak its language. Raises: NoRoundError.

    With `lock` nobody else changes it before the transaction has ended.
    """
    application = current_application(session, applicant)
    if application is None:
        raise NoRoundError(gettext(NOT_OPEN), ASK)
    return round_of(session, application, settings, lock=lock)


def round_of(session: Session, application: Application, settings: Settings, *, lock: bool = False) -> Round:
    """Give the open round of an application. Raises: NoRoundError."""
    if lock:
        get_application(session, application.id, lock=True)
    found = find_open_request(session, application.id, lock=lock)
    if found is None or application.state != State.INFORMATION_REQUESTED or found.deadline < local_date():
        raise NoRoundError(why_none(session, application, found))
    return Round(application, found, Work(session, application, found, settings))


def why_none(session: Session, application: Application, found: InformationRequest | None = None) -> str:
    """Say why there is nothing to correct; `found` is the round whose time has passed."""
    if found is not None:
        text = gettext("Il termine per le integrazioni, %(day)s, è passato senza risposta.", day=day(found.deadline))
        return f"{text} {gettext('Non si possono più inviare.')}"
    if application.state == State.EXPIRED:
        return gettext("Il termine per le integrazioni è passato: la domanda è scaduta.")
    past = list_requests(session, application.id)
    if past and past[-1].answered_at is not None:
        return gettext("Le integrazioni sono già state inviate.")
    return gettext("Per questa domanda ora non ci sono integrazioni da inviare.")


def current_round(request: Request, session: Transaction, applicant: CurrentApplicant) -> Round:
    """Give the round this browser may answer. Raises: NoRoundError."""
    return find_round(session, applicant, request.app.state.settings)


CurrentRound = Annotated[Round, Depends(current_round, scope="function")]
