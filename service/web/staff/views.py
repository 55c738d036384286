"""Saved views: the present filter kept under a name, its other name, its end; everybody sees own ones only."""

from collections.abc import Callable, Mapping
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.models import SavedView
from service.applications.desk.views import (
    MOST,
    TooManyViewsError,
    ViewNameError,
    delete_view,
    get_view,
    list_views,
    rename_view,
    save_view,
)
from service.applications.queue import QueueFilter
from service.locales import N_, gettext
from service.web.flash import redirect, safe_path
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.fields import question
from service.web.staff.frame import page
from service.web.staff.queue_form import address_of, assignees_of, filter_words
from service.web.staff.queue_lines import QUEUE
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = f"{QUEUE}/viste"
LISTERS = Depends(require_staff("application:list"))
router = APIRouter(prefix="/richieste/viste", include_in_schema=False, dependencies=[LISTERS])
NAME = question("nome", N_("Nome della vista"), required=True, hint=N_("Es. Le mie in ritardo"))


@router.get("", name="staff:views")
def views(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show the own views, each with its filter in words."""
    lines = [(one, address_of(one.query), _told(session, one.query, principal)) for one in
             list_views(session, by=principal)]  # fmt: skip
    return page(request, session, "staff/views.html", lines=lines, most=MOST)


@router.get("/nuova", name="staff:views.new")
def ask_view(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Ask a name for the filter that the address carries."""
    query = QueueFilter.from_query(request.query_params, principal).to_query()
    return _form(request, session, principal, query=query)


@router.post("/nuova", name="staff:views.save")
def save(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Keep the filter under the name."""
    query, name = posted.one("filtro"), posted.one("nome")
    return _try(request, session, principal, lambda: save_view(session, name, query, by=principal),
                query=QueueFilter.from_query(query, principal).to_query(), name=name)  # fmt: skip


@router.get("/{view_id}/rinomina", name="staff:views.ask_name")
def ask_name(request: Request, session: Transaction, principal: CurrentPrincipal, view_id: UUID) -> HTMLResponse:
    """Ask another name."""
    view = get_view(session, view_id, by=principal)
    return _form(request, session, principal, query=view.query, name=view.name, is_new=False)


@router.post("/{view_id}/rinomina", name="staff:views.rename")
def rename(
    request: Request, session: Transaction, *, principal: CurrentPrincipal, view_id: UUID, posted: PostedForm
) -> Response:
    """Give the view another name."""
    view, name = get_view(session, view_id, by=principal), posted.one("nome")
    return _try(request, session, principal, lambda: rename_view(session, view_id, name, by=principal),
                query=view.query, name=name, is_new=False)  # fmt: skip


@router.get("/{view_id}/elimina", name="staff:views.ask_end")
def ask_end(request: Request, session: Transaction, principal: CurrentPrincipal, view_id: UUID) -> HTMLResponse:
    """Say what deleting a view does."""
    view = get_view(session, view_id, by=principal)
    effects = [gettext("Si cancella solo il collegamento: alle richieste non succede nulla.")]
    return page(request, session, "staff/confirm.html", title=gettext("Elimina la vista"), about=view.name,
                effects=effects, button=gettext("Elimina la vista"), hidden={}, back=HERE, is_danger=True)  # fmt: skip


@router.post("/{view_id}/elimina", name="staff:views.end")
def end(request: Request, session: Transaction, principal: CurrentPrincipal, view_id: UUID) -> Response:
    """Forget the view."""
    delete_view(session, view_id, by=principal)
    return redirect(request, HERE, gettext("La vista è eliminata."))


def _try(
    request: Request, session: Session, principal: Principal, act: Callable[[], SavedView], *, query: str, name: str,
    is_new: bool = True,
) -> Response:  # fmt: skip
    """Do it and show the queue through the view, or the form again with what was typed."""
    try:
        view = act()
    except (ViewNameError, TooManyViewsError) as error:
        errors = {"nome": [text_of(error.detail or error.title)]}
        return _form(request, session, principal, query=query, name=name, is_new=is_new, errors=errors)
    there = safe_path(address_of(view.query), default=QUEUE)
    return redirect(request, there, gettext("La vista «%(name)s» è salvata.", name=view.name))


def _form(
    request: Request, session: Session, principal: Principal, *, query: str, name: str = "", is_new: bool = True,
    errors: Mapping[str, list[str]] | None = None,
) -> HTMLResponse:  # fmt: skip
    found = errors or {}
    return page(
        request, session, "staff/view_form.html", status=422 if found else 200, query=query, name=name[:200],
        is_new=is_new, told=_told(session, query, principal), errors=found, problems=problems(found), name_field=NAME,
        back=address_of(query) if is_new else HERE,
    )  # fmt: skip


def _told(session: Session, query: str, principal: Principal) -> str:
    wanted = QueueFilter.from_query(query, principal)
    return filter_words(wanted, assignees_of(session, principal)) or gettext("tutte le richieste aperte")
