"""Impostazioni: what an admin changes without a developer. One set of pages for all kinds, which declare themselves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.administration.actions import EditionError, StaleEditionError, edit, restore_default
from service.administration.kind import Kind
from service.administration.kinds import find_kind
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm, Problem, problems, whole_number
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.fields import question
from service.web.staff.frame import page, search_words
from service.web.staff.settings_view import HERE, Draft, Thing, cards_of, controls_of, lines_of, read_thing
from service.web.transaction import Transaction

MANAGERS = Depends(require_staff("administration:manage"))
PREVIEW = "anteprima"
WHY = question("why", N_("Perché lo cambi"), required=True, multiline=True)
GUARD = [Depends(require_staff("administration:list"))]
router = APIRouter(prefix="/impostazioni", include_in_schema=False, dependencies=GUARD)
of_kind = APIRouter(prefix="/{slug}")
of_thing = APIRouter(prefix="/{slug}/{key}")


@dataclass(frozen=True, slots=True)
class Case:
    """A thing before a person."""

    request: Request
    session: Session
    thing: Thing

    def page(self, draft: Draft, *, status: int = 200) -> HTMLResponse:
        """Show the thing: the form as `draft` has it, what is in force, the default, the versions."""
        order = [one.name for one in draft.controls] + ["why"]
        return page(
            self.request, self.session, "staff/settings_thing.html", status=status, thing=self.thing, draft=draft,
            controls=controls_of(draft), problems=problems(draft.errors, order), preview=PREVIEW,
            why_field=WHY, has_preview=self.thing.kind.preview is not None,
        )  # fmt: skip


def read_kind(slug: str) -> Kind:
    """Read which kind the address is about. Raises: NotFoundError."""
    found = find_kind(slug)
    if found is None:
        raise NotFoundError
    return found


CurrentKind = Annotated[Kind, Depends(read_kind)]


def read_case(request: Request, session: Transaction, kind: CurrentKind, key: str) -> Case:
    """Read which thing the address is about; one that may be added is a thing with nothing in it yet."""
    return Case(request, session, read_thing(session, kind, key))


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:settings")
def overview(request: Request, session: Transaction) -> HTMLResponse:
    """Show each kind with what differs from the default."""
    return page(request, session, "staff/settings.html", cards=cards_of(session))


@of_kind.get("", name="staff:settings.kind")
def list_things(request: Request, session: Transaction, kind: CurrentKind, q: str = "") -> HTMLResponse:
    """Show the things of a kind, or those with the words looked for."""
    words = search_words(q)
    return page(request, session, "staff/settings_kind.html", kind=kind, words=words, here=f"{HERE}/{kind.slug}",
                lines=lines_of(session, kind, words))  # fmt: skip


@of_kind.get("/nuovo", name="staff:settings.new", dependencies=[MANAGERS])
def ask_new(request: Request, session: Transaction, kind: CurrentKind, codice: str = "") -> Response:
    """Ask the code of one more thing, and lead to its empty form."""
    if kind.new is None:
        raise NotFoundError
    key = kind.new.read(search_words(codice))
    said = kind.new.check(key) if key else ""
    if key and not said:
        return redirect(request, f"{HERE}/{kind.slug}/{key}")
    return page(
        request, session, "staff/settings_new.html", status=422 if said else 200, kind=kind, key=key,
        here=f"{HERE}/{kind.slug}", problems=[Problem("codice", said)] if said else [],
        key_field=question("codice", kind.new.label, hint=kind.new.hint, required=True),
    )  # fmt: skip


@of_thing.get("", name="staff:settings.thing")
def show(case: CurrentCase, principal: CurrentPrincipal, versione: str = "") -> HTMLResponse:
    """Show a thing; `versione` fills the form in with an older one, to be saved again."""
    case.thing.require_seen_by(principal)
    return case.page(case.thing.draft(whole_number(versione)))


@of_thing.post("", name="staff:settings.save", dependencies=[MANAGERS])
def save(case: CurrentCase, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Save a version, or show first what it does; what was typed stays when it is not right or comes late."""
    thing, draft = case.thing, case.thing.typed(posted)
    if posted.one("passo") == PREVIEW:
        draft = draft.previewed(case.request.app.state.settings)
        return case.page(draft, status=422 if draft.errors else 200)
    try:
        made = edit(case.session, thing.kind.kind, thing.key, draft.value, version=draft.version, by=principal,
                    why=draft.why)  # fmt: skip
    except EditionError as error:
        return case.page(draft.refused(error.problems), status=error.status)
    except StaleEditionError as error:
        return case.page(draft.overtaken(error.detail, thing.version), status=error.status)
    said = gettext("Salvato: vale la versione %(number)s.", number=made.version)
    return redirect(case.request, thing.path, said)


@of_thing.get("/predefinito", name="staff:settings.ask_default", dependencies=[MANAGERS])
def ask_default(case: CurrentCase) -> Response:
    """Say what the default changes."""
    if not case.thing.is_changed or case.thing.default is None:
        return redirect(case.request, case.thing.path, gettext("Vale già il valore predefinito."), "info")
    return _restore_page(case, case.thing.draft(None))


@of_thing.post("/predefinito", name="staff:settings.restore", dependencies=[MANAGERS])
def restore(case: CurrentCase, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Put the default in force again."""
    thing, draft = case.thing, case.thing.typed(posted)
    try:
        restore_default(case.session, thing.kind.kind, thing.key, version=draft.version, by=principal, why=draft.why)
    except EditionError as error:
        return _restore_page(case, draft.refused(error.problems), status=error.status)
    return redirect(case.request, thing.path, gettext("Vale di nuovo il valore predefinito."))


def _restore_page(case: Case, draft: Draft, *, status: int = 200) -> HTMLResponse:
    return page(
        case.request, case.session, "staff/settings_restore.html", status=status, thing=case.thing, draft=draft,
        changes=case.thing.to_default(), problems=problems(draft.errors), why_field=WHY,
    )  # fmt: skip


router.include_router(of_kind)
router.include_router(of_thing)
