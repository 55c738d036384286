"""The life of applications as a model beside the real actions: what each verb must do in each state, and doing it.

The model knows nothing of the state table of the service: it is written from domain.md section 9.2. A step compares
what the database says after the real action with what the model says.
"""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, token
from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.desk.models import Proposal
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.states import Hold, ItemKind, State
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.config import Settings
from service.documents import judging
from service.documents.repository import Owner, latest, list_documents
from service.errors import ConflictError, InvalidError
from service.jobs.models import Job
from service.local.documents import add_example_documents
from service.questionnaire import DECLARATIONS_SECTION, Parsed
from tests.factories.answers import complete_answers
from tests.factories.applications import ANNA, MARCO
from tests.factories.desk import record_due_checks

PIA = Principal(subject="pia", name="Pia Neri", roles=frozenset({Role.APPROVER}))
UNPROVEN, DRAFT, SUBMITTED, HELD, REVIEW = "unproven", "draft", "submitted", "held", "under_review"
ASKED, APPROVED, REJECTED, WITHDRAWN, EXPIRED = "information_requested", "approved", "rejected", "withdrawn", "expired"
GONE = "gone"
STATES = (UNPROVEN, DRAFT, SUBMITTED, HELD, REVIEW, ASKED, APPROVED, REJECTED, WITHDRAWN, EXPIRED)
OPEN = frozenset({SUBMITTED, REVIEW, ASKED})
# how a verb of the model that is not to be done says so: most refuse, these find nothing to do
QUIET = frozenset({"confirm", "lapse", "remind"})
ENDING = frozenset({"discard", "lapse", "withdraw", "refuse"})
STAFF = frozenset({"take", "assign", "release", "unlock", "ask", "extend", "propose", "unpropose", "approve", "refuse"})
LIMITS = (
    "mails_per_address_6h", "mails_per_address_day", "mails_per_application_day", "mails_by_outsiders_hour",
    "submissions_per_company_day",
)  # fmt: skip
UNCOUNTED = frozenset({"contact_notice"})  # one for each colleague named, which the answers say


@dataclass(frozen=True, slots=True)
class Step:
    """What a verb leads to in a state: the next state, the events of the application, its letters."""

    to: str
    events: Sequence[str] = ()
    mails: Sequence[str] = ()


@dataclass(slots=True)
class Case:
    """One application as the model sees it; the flags are of its documents and of its open round of corrections."""

    id: UUID
    company: int
    state: str = UNPROVEN
    is_verified: bool = False
    is_answered: bool = False
    is_extended: bool = False
    is_reminded: bool = False
    is_proposed: bool = False


Guard = Callable[["Life", Case], bool]
Deed = Callable[["Life", Case, int], object]  # the number says how far behind the present version
Posted = tuple[UUID, str]
SETTINGS = object()  # stands for the settings of the life
TABLE: Mapping[tuple[str, str], Step] = {
    ("confirm", UNPROVEN): Step(DRAFT, ["application.email_confirmed"]),
    ("save", UNPROVEN): Step(UNPROVEN),
    ("save", DRAFT): Step(DRAFT),
    ("discard", UNPROVEN): Step(GONE, ["application.discarded"]),
    ("discard", DRAFT): Step(GONE, ["application.discarded"]),
    ("lapse", UNPROVEN): Step(GONE, ["application.expired"]),
    ("lapse", DRAFT): Step(GONE, ["application.expired"]),
    ("submit", DRAFT): Step(SUBMITTED, ["application.submitted"], ["submission_receipt", "staff_new_application"]),
    ("unlock", HELD): Step(SUBMITTED, ["application.hold_released"]),
    ("take", SUBMITTED): Step(REVIEW, ["application.review_started"]),
    ("assign", SUBMITTED): Step(REVIEW, ["application.assigned"]),
    ("assign", REVIEW): Step(REVIEW, ["application.assigned"]),
    ("release", REVIEW): Step(SUBMITTED, ["application.review_released"]),
    ("judge", REVIEW): Step(REVIEW),
    ("propose", REVIEW): Step(REVIEW, ["application.outcome_proposed"]),
    ("unpropose", REVIEW): Step(REVIEW, ["application.proposal_withdrawn"]),
    ("ask", REVIEW): Step(ASKED, ["application.information_requested"], ["information_request"]),
    ("extend", ASKED): Step(ASKED, ["application.deadline_extended"], ["information_extended"]),
    ("answer", ASKED): Step(ASKED),
    ("remind", ASKED): Step(ASKED, ["application.information_reminded"], ["information_reminder"]),
    ("resubmit", ASKED): Step(
        REVIEW, ["application.resubmitted"], ["information_received", "staff_information_received"]
    ),
    ("lapse", ASKED): Step(EXPIRED, ["application.expired"], ["application_expired"]),
    ("approve", REVIEW): Step(APPROVED, ["application.approved"], ["application_approved"]),
    ("refuse", REVIEW): Step(REJECTED, ["application.rejected"], ["application_rejected"]),
    ("refuse", HELD): Step(REJECTED, ["application.rejected"], ["application_rejected"]),
    **{
        ("withdraw", state): Step(WITHDRAWN, ["application.withdrawn"], ["application_withdrawn", "staff_withdrawn"])
        for state in (SUBMITTED, HELD, REVIEW, ASKED)
    },
}
GUARDS: Mapping[str, Guard] = {
    "unlock": lambda life, case: life.open_of(case.company, but=case) is None,
    "extend": lambda _life, case: not case.is_extended,
    "remind": lambda _life, case: not case.is_reminded,
    "resubmit": lambda _life, case: case.is_answered,
    "unpropose": lambda _life, case: case.is_proposed,
    "approve": lambda life, case: case.is_verified and not life.is_supplier(case.company),
}
VERBS = tuple(sorted({verb for verb, _ in TABLE}))
TABLES = (
    "application", "application_answers", "application_snapshot", "application_warning", "acknowledgement",
    "audit_event", "job", "link", "document", "document_version", "document_file", "information_request",
    "information_item", "proposal", "supplier", "account", "membership", "ended_membership",
    "verification", "opinion", "section_verdict", "internal_note",
)  # fmt: skip
PICTURE = text(
    " union all ".join(
        f"select '{name}', md5(string_agg(t::text, '|' order by t::text)) from {name} t"  # noqa: S608
        for name in TABLES
    )
)


@dataclass(slots=True)
class Life:
    """Applications of a few companies in one session, each beside its model; `tried` counts (state, verb) pairs."""

    session: Session
    settings: Settings
    cases: list[Case] = field(default_factory=list)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Take the limits away: they are not what is looked at."""
        self.settings = self.settings.model_copy(update=dict.fromkeys(LIMITS, 10**6))

    # --- the model

    def open_of(self, company: int, *, but: Case) -> Case | None:
        """Give another application of a company that is open and not parked."""
        same = (one for one in self.cases if one.company == company and one is not but)
        return next((one for one in same if one.state in OPEN), None)

    def is_supplier(self, company: int) -> bool:
        """Tell whether a company was accepted."""
        return any(one.company == company and one.state == APPROVED for one in self.cases)

    def hold_of(self, case: Case) -> Hold | None:
        """Say why an application sent now is parked (domain.md section 11)."""
        if self.is_supplier(case.company):
            return Hold.ALREADY_REGISTERED
        if self.open_of(case.company, but=case) is not None:
            return Hold.OPEN_APPLICATION
        refused = any(one.company == case.company and one.state == REJECTED for one in self.cases)
        return Hold.TOO_EARLY if refused else None

    def expected(self, verb: str, case: Case) -> Step | None:
        """Give what a verb does now; None when it is refused."""
        step = TABLE.get((verb, case.state))
        if step is None or (verb in GUARDS and not GUARDS[verb](self, case)):
            return None
        if verb == "lapse" and case.state == ASKED and not case.is_reminded:
            return TABLE["remind", ASKED]  # nobody's time ends without a reminder
        if verb == "submit" and (hold := self.hold_of(case)) is not None:
            mails = [*step.mails, *(["already_registered"] if hold == Hold.ALREADY_REGISTERED else [])]
            return Step(HELD, [*step.events, "application.held"], mails)
        return step

    def allowed(self, case: Case) -> list[str]:
        """Give the verbs that lead on from here, those that end nothing more often."""
        found = [verb for verb in VERBS if self.expected(verb, case) is not None]
        return found + 2 * [verb for verb in found if verb not in ENDING]

    # --- steps

    def start(self, company: int) -> Case:
        """Begin a draft with all its answers and documents; its address is not proven yet."""
        answers = copy.deepcopy(_answers(company))
        opening = {name: value for name, value in answers["avvio"].items() if name != "legal_category"}
        draft = actions.start(self.session, category="SC", values=opening, settings=self.settings)
        draft.content.answers = {**answers, **draft.content.answers}
        # one Salva stands for all: it copies the columns and accepts the declarations
        parsed = _unchanged(answers[DECLARATIONS_SECTION])
        actions.save_section(self.session, draft.id, DECLARATIONS_SECTION, parsed, settings=self.settings)
        add_example_documents(self.session, draft)
        self._settle()
        self.cases.append(case := Case(draft.id, company))
        return case

    def lead(self, company: int, state: str) -> Case:
        """Bring a new application to a state by the verbs themselves; a parked one needs another that is open."""
        if state == HELD:
            self.lead(company, SUBMITTED)
        case = self.start(company)
        for verb in WAYS[state]:
            self.act(verb, case)
        assert case.state == state
        return case

    def act(self, verb: str, case: Case) -> None:
        """Do a verb for good, and compare with the model: all of it, or a refusal that leaves nothing."""
        expected = self.expected(verb, case)
        self.tried[case.state, verb] += 1
        self._prepare(verb, case)
        if expected is None:
            self._refused(verb, case)
            return
        told, posted, others = self._told(case), self._posted(), self._others(verb, case)
        with self.session.begin_nested():
            DEEDS[verb](self, case, 0)
        self._settle()
        assert self._told(case)[len(told) :] == list(expected.events), (verb, case)
        wanted = Counter((case.id, message) for message in expected.mails) + others
        assert self._posted() - posted == wanted, (verb, case)
        self._follow(verb, case, expected)
        self._compare(case)

    def act_late(self, verb: str, case: Case) -> None:
        """Do a verb of the staff for a version that is not the present one: it is refused whatever the state."""
        self._refused(verb, case, behind=1)

    def _refused(self, verb: str, case: Case, *, behind: int = 0) -> None:
        before = self.picture()
        is_refused = False
        try:
            with self.session.begin_nested():
                result = DEEDS[verb](self, case, behind)
        except (ConflictError, InvalidError):  # not for want of a right, nor because it is not there
            is_refused = True
        self._settle()
        assert is_refused or (verb in QUIET and not result), (verb, case)
        after = self.picture()
        assert after == before, (verb, case, [one for one in after if one not in before])

    def _follow(self, verb: str, case: Case, expected: Step) -> None:
        if verb == "judge":
            case.is_verified = True
        if verb == "ask":
            case.is_answered = case.is_extended = case.is_reminded = False
        case.is_answered |= verb == "answer"
        case.is_extended |= verb == "extend"
        case.is_reminded |= "information_reminder" in expected.mails
        was_proposed = case.is_proposed and verb != "unpropose"
        case.is_proposed = expected.to == REVIEW and (verb == "propose" or was_proposed)
        case.state = expected.to
        if case.state == GONE:
            self.cases.remove(case)

    def _compare(self, case: Case) -> None:
        found = self.session.get(Application, case.id)
        assert (found is None) == (case.state == GONE)
        if found is None:
            return
        assert self.name_of(found) == case.state
        open_rounds = select(func.count()).select_from(InformationRequest).where(
            InformationRequest.application_id == case.id, InformationRequest.answered_at.is_(None),
            InformationRequest.ended_at.is_(None),
        )  # fmt: skip
        assert self.session.scalar(open_rounds) == (case.state == ASKED)
        open_proposals = select(func.count()).select_from(Proposal).where(
            Proposal.application_id == case.id, Proposal.ended_at.is_(None)
        )  # fmt: skip
        assert self.session.scalar(open_proposals) == case.is_proposed
        assert (found.number is None) == (case.state in {UNPROVEN, DRAFT})
        assert (found.decided_at is None) == (case.state not in {APPROVED, REJECTED})
        assert (found.erase_on is None) == (case.state not in {REJECTED, WITHDRAWN, EXPIRED})
        assert (found.supplier_id is None) == (case.state != APPROVED)

    @staticmethod
    def name_of(found: Application) -> str:
        """Give the model's name of a state."""
        if found.state == State.DRAFT:
            return DRAFT if found.email_confirmed_at else UNPROVEN
        return HELD if found.state == State.SUBMITTED and found.hold else found.state.value

    # --- what is seen and done

    def picture(self) -> list[tuple[str, str]]:
        """Give all rows in a few words."""
        self.session.flush()
        return sorted(tuple(row) for row in self.session.execute(PICTURE))  # a union has no order

    def _settle(self) -> None:
        self.session.flush()
        self.session.expire_all()

    def _told(self, case: Case) -> list[str]:
        told = AuditEvent.type != "application.check_recorded"  # judging leaves one for each check that is due
        query = select(AuditEvent.type).where(AuditEvent.subject_id == case.id, told).order_by(AuditEvent.id)
        return list(self.session.scalars(query))

    def _posted(self) -> Counter[Posted]:
        found = self.session.scalars(select(Job.args).where(Job.kind == "mail.send"))
        return Counter((UUID(args["about"]), args["message"]) for args in found if args["message"] not in UNCOUNTED)

    def _others(self, verb: str, case: Case) -> Counter[Posted]:
        """Give the letters about other applications: whoever has one open hears of a second one."""
        twin = self.open_of(case.company, but=case)
        is_second = verb == "submit" and case.state == DRAFT and self.hold_of(case) == Hold.OPEN_APPLICATION
        return Counter({(twin.id, "duplicate_attempt"): 1} if twin is not None and is_second else {})

    def _prepare(self, verb: str, case: Case) -> None:
        """Let time pass for one application."""
        if verb not in {"lapse", "remind"}:
            return
        left = -1 if verb == "lapse" else 1
        if verb == "lapse":
            long_ago = utc_now() - timedelta(days=90)
            self.session.execute(update(Application).where(Application.id == case.id).values(touched_at=long_ago))
        self.session.execute(
            update(InformationRequest)
            .where(InformationRequest.application_id == case.id, InformationRequest.answered_at.is_(None))
            .values(deadline=local_date() + timedelta(days=left))
        )
        self._settle()


# --- the real actions


@cache
def _answers(company: int) -> dict[str, Any]:
    return complete_answers("SC", n=company)


def _unchanged(values: Mapping[str, Any]) -> Parsed:
    return Parsed(values=dict(values), raw={}, errors={}, warnings={}, unknown=())


def _version(life: Life, case: Case, behind: int) -> int:
    return life.session.get_one(Application, case.id).version - behind


def _staff(action: Callable[..., object], **facts: Any) -> Deed:
    """Do an action of the staff for the version that is seen."""
    return lambda life, case, behind: action(
        life.session, case.id, version=_version(life, case, behind), **_with_settings(life, facts)
    )


def _with_settings(life: Life, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: life.settings if value is SETTINGS else value for name, value in facts.items()}


def _confirm(life: Life, case: Case, _behind: int) -> object:
    query = select(Link).where(Link.about == case.id, Link.purpose == LinkPurpose.CONFIRM)
    link = life.session.scalars(query).one()
    secret = life.settings.secret_key.get_secret_value()
    return actions.confirm_address(life.session, token(link.id, secret=secret))


def _save(life: Life, case: Case, _behind: int) -> object:
    answers = life.session.get_one(Application, case.id).content.answers
    return actions.save_section(
        life.session, case.id, "referenti", _unchanged(answers["referenti"]), settings=life.settings
    )


def _assign(life: Life, case: Case, behind: int) -> object:
    """Let one of two approvers have it, whichever has it not."""
    has_it = life.session.get_one(Application, case.id).assignee_subject
    by = PIA if has_it == MARCO.subject else MARCO
    return actions.assign(life.session, case.id, version=_version(life, case, behind), by=by, settings=life.settings,
                          to_subject=by.subject, to_name=by.name)  # fmt: skip


def _judge(life: Life, case: Case, _behind: int) -> object:
    versions = [latest(one) for one in list_documents(life.session, Owner(application_id=case.id))]
    assert versions
    for version in filter(None, versions):
        judging.verify(life.session, version.id, by=ANNA, seen=version.verdict)
    record_due_checks(life.session, life.session.get_one(Application, case.id), by=ANNA, settings=life.settings)
    return versions


def _answer(life: Life, case: Case, _behind: int) -> object:
    query = select(InformationItem.id).join(InformationRequest, InformationRequest.id == InformationItem.request_id)
    rounds = query.where(InformationRequest.application_id == case.id).order_by(InformationRequest.asked_at.desc())
    item = life.session.scalars(rounds.limit(1)).first() or 0
    return actions.reply_to(life.session, case.id, item, "Il documento è quello giusto.")


def _told_on_file(life: Life, sent: Application) -> Application:
    """Do the job that every sending lines up: whoever is on file hears of a second application."""
    key = f"application.tell_on_file:{sent.id}:{sent.version}"
    assert life.session.scalars(select(Job.kind).where(Job.key == key)).all() == ["application.tell_on_file"]
    actions.tell_on_file(life.session, sent, settings=life.settings)
    return sent


def _lapse(life: Life, _case: Case, _behind: int) -> object:
    ended = actions.expire_drafts(life.session, settings=life.settings)
    return ended + actions.expire_requests(life.session, settings=life.settings)


DEEDS: Mapping[str, Deed] = {
    "confirm": _confirm,
    "save": _save,
    "discard": lambda life, case, _behind: actions.discard(life.session, case.id),
    "lapse": _lapse,
    "submit": lambda life, case, _behind: _told_on_file(
        life, actions.submit(life.session, case.id, settings=life.settings)
    ),
    "unlock": _staff(actions.release_hold, by=ANNA),
    "take": _staff(actions.start_review, by=ANNA),
    "assign": _assign,
    "release": _staff(actions.release_review, by=MARCO),
    "judge": _judge,
    "ask": _staff(
        actions.request_information,
        by=ANNA,
        settings=SETTINGS,
        wanted=[Wanted(ItemKind.DOCUMENT, "D03", "La seconda pagina non si legge.", document_type="durc")],
    ),
    "propose": _staff(actions.propose, by=ANNA, settings=SETTINGS, outcome="reject", decision={"reason_code": "R01"}),
    "unpropose": _staff(actions.withdraw_proposal, by=ANNA),
    "extend": _staff(actions.extend_deadline, by=ANNA, settings=SETTINGS),
    "answer": _answer,
    "remind": lambda life, _case, _behind: actions.remind_requests(life.session, settings=life.settings),
    "resubmit": lambda life, case, _behind: _told_on_file(
        life, actions.resubmit(life.session, case.id, settings=life.settings)
    ),
    "approve": _staff(actions.approve, by=MARCO, settings=SETTINGS),
    "refuse": _staff(actions.reject, by=MARCO, settings=SETTINGS, reason_code="R01"),
    "withdraw": lambda life, case, _behind: actions.withdraw(life.session, case.id, settings=life.settings),
}
WAYS: Mapping[str, Sequence[str]] = {
    UNPROVEN: (),
    DRAFT: ("confirm",),
    SUBMITTED: ("confirm", "submit"),
    HELD: ("confirm", "submit"),  # the company has another one open
    REVIEW: ("confirm", "submit", "take"),
    ASKED: ("confirm", "submit", "take", "ask"),
    APPROVED: ("confirm", "submit", "take", "judge", "approve"),
    REJECTED: ("confirm", "submit", "take", "refuse"),
    WITHDRAWN: ("confirm", "submit", "withdraw"),
    EXPIRED: ("confirm", "submit", "take", "ask", "lapse", "lapse"),
}
