"""Starting again from the answers of an application that was withdrawn, expired or refused."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.applications import actions
from service.clock import local_date
from service.locales import N_, gettext
from service.web.flash import redirect, set_flash
from service.web.public.draft_doors import STATUS_PAGE, TASKS, CurrentDraft, DraftRoute, NoDraftError, enter
from service.web.public.status import SentApplication
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=DraftRoute)
NOT_YET = N_("Da questa domanda non si può ripartire: guarda qui sotto da quando.")


@router.get("/stato/ricomincia", name="public:status.restart")
def ask(request: Request, application: SentApplication) -> Response:
    """Say what is carried over before it is done."""
    if application is None:
        return redirect(request, "/stato")
    if not actions.may_restart(application, today=local_date()):
        return redirect(request, STATUS_PAGE, gettext(NOT_YET), "info")
    return render(request, "public/restart/ask.html", earlier=application, draft=None)


@router.post("/stato/ricomincia", name="public:status.restart.do")
def restart(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Open a draft with its answers, the same however often it is pressed; this browser works on it."""
    if application is None:
        raise NoDraftError(was_sent=False)
    draft = actions.restart(session, application.id)
    response = RedirectResponse(TASKS, status_code=303)
    text = gettext("Abbiamo ripreso i dati della domanda n. %(number)s: controllali.", number=application.number)
    set_flash(request, response, text)
    return enter(request, session, response, draft)


@router.get(f"{TASKS}/riparti", name="public:draft.take_over")
def ask_take_over(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Say that the earlier answers take the place of what was typed here."""
    earlier = actions.find_earlier(session, draft)
    if earlier is None:
        return redirect(request, TASKS)
    return render(request, "public/restart/ask.html", earlier=earlier, draft=draft)


@router.post(f"{TASKS}/riparti", name="public:draft.take_over.do")
def take_over(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Put the earlier answers into this draft; pressed again, it is done already."""
    if draft.copied_from_id is None:
        actions.take_over(session, draft.id)
    return redirect(request, TASKS, gettext("Abbiamo ripreso i dati della domanda precedente: controllali."))
