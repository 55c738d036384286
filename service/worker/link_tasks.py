"""What pages must not look up: who is known by an address, a number or a company. Here nobody can time it (G13)."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.repository import find_application
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


def tell_on_file(bench: Bench) -> None:
    """Tell the address on file when a sent application is parked as a possible duplicate."""
    with bench.completion() as session:
        application = find_application(session, UUID(bench.job.args["about"]))
        if application is not None:
            actions.tell_on_file(session, application, settings=bench.settings)
