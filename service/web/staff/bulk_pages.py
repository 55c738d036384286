"""The steps of an act on many: what it needs, what would happen to each row, and only then the confirmation."""

from collections.abc import Sequence

from fastapi import Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.applications.bulk.acts import Act
from service.applications.bulk.batches import NO_ROWS, confirm
from service.applications.bulk.choosing import Chosen, write_lines
from service.applications.bulk.states import BulkAction
from service.applications.bulk.trying import Tried, try_all
from service.applications.desk.taking_letters import LETTERS
from service.applications.repository import get_by_number
from service.errors import DomainError
from service.jobs.repository import list_by_keys
from service.locales import gettext, ngettext
from service.mail.port import Letter
from service.web.flash import redirect
from service.web.forms import Posted, Problem, problems
from service.web.staff import decision_forms as forms
from service.web.staff.assigning import PERSON
from service.web.staff.bulk_case import BATCHES, HERE, LINES, QUEUE, WORDS, Typed, Wish, read_typed
from service.web.staff.decision_case import CHANGE, CONFIRM
from service.web.staff.decision_pages import REFUSABLE
from service.web.staff.frame import page
from service.web.staff.preview import Decision, Reasons, preview_approval, preview_refusal
from service.web.templating import text_of

ORDER = ("persona", "reason_code", "reason_text", "reapply_from", "note")


def act(wish: Wish, posted: Posted) -> Response:
    """Ask what the act needs, show the dry run, or confirm it."""
    chosen, typed, step = wish.chosen(posted), read_typed(wish, posted), posted.one("passo")
    most = wish.settings.bulk_most
    is_cut, chosen = len(chosen) > most, chosen[:most]
    if not chosen:
        return _nothing(wish)
    if not typed.is_asked or typed.errors or step == CHANGE:
        return _ask(wish, chosen, typed, is_cut=is_cut)
    doing = wish.act(typed.decision)
    if step != CONFIRM:
        return _shown(wish, doing, chosen, typed, is_cut=is_cut)
    batch = confirm(wish.session, doing, chosen, key=posted.key)
    return redirect(wish.request, f"{BATCHES}/{batch.id}", gettext("Confermato: per un po’ puoi ancora annullare."))


def _nothing(wish: Wish) -> HTMLResponse:
    found = [Problem("", gettext(NO_ROWS))]
    return page(wish.request, wish.session, "staff/bulk_ask.html", status=422, title=WORDS[wish.action][0],
                problems=found, chosen=[], back=QUEUE)  # fmt: skip


def _ask(wish: Wish, chosen: Sequence[Chosen], typed: Typed, *, is_cut: bool) -> HTMLResponse:
    people = [*wish.people.items()] if wish.action == BulkAction.ASSIGN else []
    return page(
        wish.request, wish.session, "staff/bulk_ask.html", status=422 if typed.errors else 200, here=HERE, back=QUEUE,
        title=WORDS[wish.action][0], action=wish.action, chosen=chosen, lines=write_lines(chosen), lines_name=LINES,
        is_cut=is_cut, typed=typed, errors=typed.errors, problems=problems(typed.errors, ORDER), person=PERSON,
        people=people, fields=forms, choices=forms.reason_choices(REFUSABLE),
    )  # fmt: skip


def _shown(wish: Wish, doing: Act, chosen: Sequence[Chosen], typed: Typed, *, is_cut: bool) -> HTMLResponse:
    tried = try_all(wish.session, doing, chosen)
    good = [one for one in tried if not one.problem]
    accounts = sum(one.has_account for one in good) if wish.action == BulkAction.APPROVE else 0
    return page(
        wish.request, wish.session, "staff/bulk_try.html", here=HERE, back=QUEUE, title=WORDS[wish.action][0],
        action=wish.action, tried=sorted(tried, key=lambda one: not one.problem), good=len(good), is_cut=is_cut,
        left_out=len(tried) - len(good), effect=_effect(wish, typed), letter=_letter(wish.session, doing, good),
        letters=_count_letters(wish, typed, len(good)), accounts=accounts, seconds=wish.settings.bulk_delay_seconds,
        lines=write_lines([one.chosen for one in good]), lines_name=LINES, hidden=typed.hidden,
        button=ngettext("Conferma per %(num)s richiesta", "Conferma per %(num)s richieste", len(good)),
    )  # fmt: skip


def _effect(wish: Wish, typed: Typed) -> str:
    words = WORDS[wish.action][1]
    return gettext(words, name=typed.decision["name"]) if wish.action == BulkAction.ASSIGN else text_of(words)


def _count_letters(wish: Wish, typed: Typed, good: int) -> int:
    """Count our letters: of an assignment none leaves to whoever makes it."""
    is_own = wish.action == BulkAction.ASSIGN and typed.person == wish.principal.subject
    return 0 if is_own or wish.action == BulkAction.TAKE else good


def _letter(session: Session, doing: Act, good: Sequence[Tried]) -> Letter | None:
    """Give the letter about the first one, exactly as it will be written; None when none leaves."""
    if not good or doing.action == BulkAction.TAKE:
        return None
    first = get_by_number(session, good[0].chosen.number)
    decision = Decision(first.id, first.version, doing.by, doing.settings)
    try:
        if doing.action == BulkAction.APPROVE:
            return preview_approval(session, decision)
        if doing.action == BulkAction.REJECT:
            return preview_refusal(session, decision, Reasons(doing.decision["reason_code"],
                                                              doing.decision["reason_text"]))  # fmt: skip
        return _assignment_letter(session, doing, decision)
    except DomainError:  # somebody was faster, just now; the row will tell
        return None


def _assignment_letter(session: Session, doing: Act, decision: Decision) -> Letter | None:
    savepoint = session.begin_nested()
    try:
        doing.do(session, decision.application_id, version=decision.version)
        session.flush()
        key = f"mail:staff_assigned:{decision.application_id}:{decision.version + 1}"
        jobs = list_by_keys(session, [key])
        return LETTERS["staff_assigned"](session, jobs[0].args, doing.settings) if jobs else None
    finally:
        savepoint.rollback()
