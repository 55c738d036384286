"""Mailed links that somebody asked for on a page: looked up here, where nobody can time it."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.applications import actions
from service.invitations import actions as invitations
from service.jobs.queue import Claim
from service.worker.bench import Bench


def answer(bench: Bench) -> None:
    """Mail the link if there is something it leads to; the wish is deleted either way."""
    with bench.completion() as session:
        invitation = actions.answer_link_request(session, UUID(bench.job.args["request_id"]), settings=bench.settings)
        if invitation is not None:
            invitations.renew(session, invitation, settings=bench.settings)


def answer_failed(session: Session, job: Claim, reason: str) -> None:
    """Keep no address of somebody who got no answer."""
    del reason
    actions.forget_link_request(session, UUID(job.args["request_id"]))
