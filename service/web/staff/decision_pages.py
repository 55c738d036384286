"""The steps of an outcome on pages, decided or proposed: terms or reasons, the exact letter, and only then the act."""

from dataclasses import replace
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse

from service.access.permissions import may
from service.applications.actions import EvidenceError
from service.applications.actions.deciding import require_ready
from service.applications.actions.evidence import require_evidence
from service.applications.actions.impartiality import require_decider, require_stranger
from service.applications.actions.terms import DUPLICATE_REASON, OF_LEAF, WHOLE, Refusal, Terms
from service.applications.desk import checks
from service.applications.desk.checks import DueCheck, GapsError
from service.applications.states import InvalidTransitionError, State
from service.applications.steps import step_of, who_was_faster
from service.errors import ConflictError
from service.locales import gettext
from service.mail.port import Letter
from service.mail.stops import find_stop
from service.web.flash import redirect
from service.web.forms import Posted, problems
from service.web.staff import decision_forms as forms
from service.web.staff.applications import path_of, seen_version
from service.web.staff.decision_case import CHANGE, CONFIRM, KINDS, Case, Outcome
from service.web.staff.decision_forms import Errors, ReasonsForm, TermsForm
from service.web.staff.frame import page
from service.web.staff.likeness_views import Hit, exclusion_hits
from service.web.staff.preview import keycloak_plan, preview_approval, preview_refusal
from service.web.templating import text_of

REFUSABLE, GAPS = "reject", "gaps_reason"
UNSAID = "." * checks.REASON_MIN  # stands for a reason in what is only tried


def ask(case: Case) -> HTMLResponse:
    """Show the confirmation with the letter; for a refusal first the reasons, with gaps or at wish first the terms."""
    version = case.application.version
    if case.outcome != Outcome.ACCEPT:
        _check_kind(case)
    if case.outcome == Outcome.CLOSE:
        return _confirm_refusal(case, version, ReasonsForm(DUPLICATE_REASON))
    _check_may(case)  # refuses at once what cannot be decided, and whoever may not
    if case.outcome == Outcome.ACCEPT:
        return _ask_acceptance(case, version)
    if (proposal := case.proposal) is not None:
        refusal = Refusal.read(proposal.decision)
        return _confirm_refusal(case, version, ReasonsForm.of(refusal, case.settings))
    return _reasons_page(case, version, ReasonsForm.of(Refusal(""), case.settings), {})


def act(case: Case, posted: Posted) -> Response:
    """Check what was typed and show the letter; with `passo=conferma` do it, if the version is still the one seen.

    Who was too slow, and may still decide, finds everything typed on the page again.
    """
    version = seen_version(posted)
    return _accept(case, posted, version) if case.outcome == Outcome.ACCEPT else _refuse(case, posted, version)


def list_gaps(case: Case, terms: Terms) -> list[DueCheck]:
    """Give the checks that are due for what is granted and were not found good."""
    leaves = terms.granted([row.leaf for row in case.application.categories])
    by = None if case.is_proposal else case.principal  # every reviewer reads a proposal
    return checks.list_gaps(case.session, case.application, by=by, leaves=leaves, settings=case.settings)


def _ask_acceptance(case: Case, version: int) -> HTMLResponse:
    proposal = case.proposal
    terms = Terms.read(proposal.decision) if proposal is not None else WHOLE
    form = TermsForm.of(case.application, terms)
    if case.come != CHANGE and (blocked := _blocked(case, version, terms)):
        return blocked
    if case.come == CHANGE or (list_gaps(case, terms) and not terms.gaps_reason):
        return _terms_page(case, version, form, {})
    return _confirm_acceptance(case, version, form)


def _accept(case: Case, posted: Posted, version: int) -> Response:
    form, step = TermsForm.read(case.application, posted), posted.one("passo")
    if step == CHANGE:
        return _terms_page(case, version, form, {})
    if errors := form.errors(has_gaps=bool(list_gaps(case, form.terms))):
        blocked = _blocked(case, version, form.terms) if set(errors) == {GAPS} else None
        return blocked or _terms_page(case, version, form, errors)
    try:
        if step != CONFIRM:
            return _confirm_acceptance(case, version, form)
        case.accept(version, form.terms, note=form.note)
    except (EvidenceError, GapsError) as error:  # what was typed stays, under what is still to be done
        return _terms_page(case, version, form, {}, too_late=error.detail)
    except InvalidTransitionError as error:
        return _terms_page(case, _present_version(case, error), form, {}, too_late=error.detail)
    return _finished(case)


def _refuse(case: Case, posted: Posted, version: int) -> Response:
    is_double = case.outcome == Outcome.CLOSE
    form, step = ReasonsForm.read(posted, is_double=is_double), posted.one("passo")
    errors = form.errors()
    if errors or step == CHANGE:
        return _reasons_page(case, version, form, errors)
    _check_kind(case)
    try:
        if step != CONFIRM:
            return _confirm_refusal(case, version, form)
        case.refuse(version, form.reasons)
    except InvalidTransitionError as error:
        if is_double:
            raise
        return _reasons_page(case, _present_version(case, error), form, {}, too_late=error.detail)
    return _finished(case)


def _present_version(case: Case, error: InvalidTransitionError) -> int:
    """Give the version of now to whoever may still decide; for whom there is nothing left to decide raise `error`."""
    if case.application.state != State.UNDER_REVIEW:
        raise error
    return case.application.version


def _check_may(case: Case) -> None:
    step_of(case.application, "propose" if case.is_proposal else KINDS[case.outcome])
    if case.is_proposal:
        require_stranger(case.application, by=case.principal)
    else:
        require_decider(case.session, case.application, KINDS[case.outcome], by=case.principal, settings=case.settings)


def _check_kind(case: Case) -> None:
    """A parked application is closed as a duplicate, any other is refused: never the one in place of the other."""
    if (case.outcome == Outcome.CLOSE) == (case.application.hold is None):
        if case.application.decided_at is not None:
            raise InvalidTransitionError(who_was_faster(case.application))
        raise ConflictError(gettext("La situazione della domanda è cambiata: torna alla sua pagina e controlla."))


def _confirm_acceptance(case: Case, version: int, form: TermsForm) -> HTMLResponse:
    terms = form.terms
    try:
        if case.is_proposal:
            require_ready(case.session, case.application, terms, by=case.principal, settings=case.settings)
            # what the proposer may not know of is asked of whoever decides; no reason typed here may tell of it
            terms = replace(terms, gaps_reason=UNSAID)
        letter = preview_approval(case.session, case.trial(version), terms)
    except (EvidenceError, GapsError) as error:
        return _not_yet(case, version, error)
    plan = [] if case.is_proposal else keycloak_plan(case.session, case.application, case.settings)
    return _confirmation(case, version, form, letter=letter, plan=plan, gaps=list_gaps(case, form.terms),
                         change=gettext("In parte o con riserva"))  # fmt: skip


def _confirm_refusal(case: Case, version: int, form: ReasonsForm) -> HTMLResponse:
    letter = preview_refusal(case.session, case.trial(version), form.reasons)
    change = "" if case.outcome == Outcome.CLOSE else gettext("Cambia il motivo")
    return _confirmation(case, version, form, letter=letter, plan=[], gaps=[], change=change)


def _confirmation(
    case: Case, version: int, form: TermsForm | ReasonsForm, *, letter: Letter, **shown: Any
) -> HTMLResponse:
    return page(case.request, case.session, "staff/decision_confirm.html", **case.shown(version), hidden=form.hidden,
                note=form.note, note_field=forms.NOTE, proposal=case.proposal, hits=_hits(case), letter=letter,
                stop=find_stop(case.session, letter.to), **shown)  # fmt: skip


def _blocked(case: Case, version: int, terms: Terms) -> HTMLResponse | None:
    """Say which documents must be verified before it is asked why checks are missing: no reason helps there."""
    leaves = terms.granted(frozenset(row.leaf for row in case.application.categories))
    try:
        require_evidence(case.session, case.application, leaves=leaves, settings=case.settings)
    except EvidenceError as error:
        return _not_yet(case, version, error)
    return None


def _not_yet(case: Case, version: int, error: EvidenceError | GapsError) -> HTMLResponse:
    """Say what must be verified before an approval; nothing was written."""
    return page(case.request, case.session, "staff/decision_blocked.html", status=error.status,
                **case.shown(version), heading=gettext(error.title), detail=error.detail,
                is_evidence=isinstance(error, EvidenceError), change=CHANGE)  # fmt: skip


def _terms_page(case: Case, version: int, form: TermsForm, errors: Errors, *, too_late: str = "") -> HTMLResponse:
    return page(
        case.request, case.session, "staff/decision_terms.html", status=_status(errors, too_late),
        **case.shown(version), form=form, errors=errors, problems=problems(errors, form.order), too_late=too_late,
        gaps=list_gaps(case, form.terms), hits=_hits(case), choices=forms.reason_choices(OF_LEAF), fields=forms,
    )  # fmt: skip


def _hits(case: Case) -> list[Hit]:
    """Give what the excluded list says, to whoever may know."""
    return exclusion_hits(case.session, case.application) if may(case.principal, "exclusion:list") else []


def _reasons_page(case: Case, version: int, form: ReasonsForm, errors: Errors, *, too_late: str = "") -> HTMLResponse:
    return page(
        case.request, case.session, "staff/decision_reasons.html", status=_status(errors, too_late),
        **case.shown(version), form=form, errors=errors, problems=problems(errors, form.order), too_late=too_late,
        choices=forms.reason_choices(REFUSABLE), fields=forms,
    )  # fmt: skip


def _status(errors: Errors, too_late: str) -> int:
    if too_late:
        return InvalidTransitionError.status
    return 422 if errors else 200


def _finished(case: Case) -> Response:
    return redirect(case.request, path_of(case.application), text_of(case.words[2]))
