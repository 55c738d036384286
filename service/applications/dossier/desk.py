"""What staff found, said and asked of each other, proposed and decided."""

from collections import defaultdict

from sqlalchemy import select

from service.access.permissions import may
from service.applications.actions.terms import Refusal, Terms
from service.applications.desk.checks import AREA_LABELS, KINDS, list_due_checks, list_gaps, may_look_up
from service.applications.desk.models import Opinion, Proposal, Verification
from service.applications.desk.proposals import APPROVE
from service.applications.desk.repository import list_notes, list_opinions, verdicts_of
from service.applications.desk.states import CheckKind
from service.applications.dossier.case import Case, Facts
from service.applications.outcome_words import leaf_words, reason_sentence
from service.applications.radar.listed import list_hits
from service.applications.radar.repository import Pair, list_resemblances
from service.applications.radar.states import Likeness
from service.applications.states import LABELS


def desk_facts(case: Case) -> Facts:
    """Give checks, what is missing, verdicts on sections, opinions and notes."""
    identity = case.application.id
    gaps = list_gaps(case.session, case.application, by=case.principal, settings=case.settings, asked=case.asked)
    verdicts = verdicts_of(case.session, identity).values()
    return {
        "checks": _checks(case),
        "gaps": [case.translate(one.label) for one in gaps],
        "verdicts": [
            {"title": case.section(one.section), "verdict": case.word(one.verdict), "note": one.note,
             "by": case.by(one.given_by_name, one.given_at)}
            for one in sorted(verdicts, key=lambda one: (one.given_at, one.section))
        ],
        "opinions": [_opinion(case, one) for one in list_opinions(case.session, identity)],
        "notes": [
            {"text": one.text, "by": case.by(one.written_by_name, one.written_at)}
            for one in reversed(list_notes(case.session, identity))
        ],
    }  # fmt: skip


def likeness_facts(case: Case) -> Facts:
    """Give what looks alike with its marks; of the excluded list nothing, not even "none", to whom it is closed."""
    pairs = list_resemblances(case.session, case.application) if may(case.principal, "likeness:read") else []
    is_open = may(case.principal, "exclusion:list")
    hits = list_hits(case.session, case.application) if is_open else []
    return {
        "likenesses": [_likeness(case, one) for one in pairs],
        "is_list_open": is_open,
        "hits": [
            {"text": case.translate(said), "by": case.by(one.created_by_name, one.created_at),
             "review_on": case.day(one.review_on)}
            for said, one in hits
        ],
    }  # fmt: skip


def outcome_facts(case: Case) -> Facts:
    """Give every proposal, and what was decided on which terms."""
    query = select(Proposal).where(Proposal.application_id == case.application.id)
    proposals = case.session.scalars(query.order_by(Proposal.proposed_at, Proposal.id))
    return {"proposals": [_proposal(case, one) for one in proposals], "decision": _decision(case)}


def _checks(case: Case) -> list[Facts]:
    """Give what is due or was recorded, each with all its records, the newest first."""
    due = list_due_checks(case.session, case.application, settings=case.settings, asked=case.asked)
    needed = {one.kind: one for one in due}
    query = select(Verification).where(Verification.application_id == case.application.id)
    records: dict[CheckKind, list[Verification]] = defaultdict(list)
    for one in case.session.scalars(query.order_by(Verification.id.desc())):
        records[one.kind].append(one)
    return [
        {
            "title": case.translate(kind.label),
            "is_due": code in needed,
            "is_blocking": kind.is_blocking,
            "records": [_record(case, one) for one in records[code]],
        }
        for code, kind in KINDS.items()
        if (code in needed or code in records) and may_look_up(case.principal, code)
    ]


def _record(case: Case, one: Verification) -> Facts:
    return {
        "result": case.word(one.result),
        "checked_on": case.day(one.checked_on),
        "source": case.translate(one.source),
        "note": one.note,
        "sha256": (one.document_sha256 or "").split(),
        "by": case.by(one.made_by_name, one.made_at),
    }


def _opinion(case: Case, one: Opinion) -> Facts:
    return {
        "title": case.translate(AREA_LABELS[one.area]),
        "question": one.question,
        "asked_by": case.by(one.asked_by_name, one.asked_at),
        "outcome": case.word(one.outcome),
        "answer": one.answer,
        "answered_by": case.by(one.answered_by_name, one.answered_at),
        "ended_at": case.at(one.ended_at),
    }


def _likeness(case: Case, pair: Pair) -> Facts:
    found, other = pair.resemblance, pair.supplier or pair.other
    return {
        "title": " ".join(filter(None, (other.number, other.name))),
        "why": [case.word(Likeness(one)) for one in found.kinds],
        "mark": case.word(found.mark),
        "note": found.note,
        "by": case.by(found.marked_by_name, found.marked_at),
        "found_at": case.at(found.found_at),
    }


def _proposal(case: Case, one: Proposal) -> Facts:
    is_approval = one.outcome == APPROVE
    terms = Terms.read(one.decision) if is_approval else Terms()
    refusal = Refusal("") if is_approval else Refusal.read(one.decision)
    return {
        "outcome": one.outcome,
        "by": case.by(one.proposed_by_name, one.proposed_at),
        "refused": [
            f"{leaf_words(leaf.leaf, case.translate)}: {leaf.code} "
            f"{reason_sentence(leaf.code, leaf.text, case.translate)}"
            for leaf in terms.refused
        ],
        "reason": case.reason(refusal.code, refusal.text),
        "reserve_text": terms.reserve_text,
        "reserve_until": case.day(terms.reserve_until),
        "reapply_from": case.day(refusal.reapply_from),
        "gaps_reason": terms.gaps_reason,
        "note": one.note,
        "ended_at": case.at(one.ended_at),
    }


def _decision(case: Case) -> Facts | None:
    one = case.application
    if one.decided_at is None:
        return None
    return {
        "state": case.translate(LABELS[one.state]),
        "by": case.by(one.decided_by_name, one.decided_at),
        "reason": case.reason(one.reason_code, one.reason_text),
        "reserve_text": one.reserve_text or "",
        "reserve_until": case.day(one.reserve_until),
        "reapply_from": case.day(one.reapply_from),
        "note": one.internal_note or "",
    }
