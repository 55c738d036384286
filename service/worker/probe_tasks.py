"""Whether Keycloak and the mail server answer: asked every minute, so that it is known before somebody waits for it."""

from collections.abc import Callable

from service.accounts.port import IdentityProviderError
from service.jobs.far_sides import Side, note_answer
from service.jobs.queue import drop_done
from service.mail.port import MailerError
from service.worker.bench import Bench

NOBODY = "proactive-probe"  # a user name that nobody can have: the portal's own begin with a supplier's number


def probe(bench: Bench) -> None:
    """Ask both for something that changes nothing, and write down what came of it.

    One that is away is no failure of this job: it is asked again in a minute. Those done are forgotten after a day.
    """
    settings = bench.settings
    bench.guard(2 * settings.keycloak_timeout_seconds)  # a token, a question
    keycloak = _failure(lambda: bench.provider.find_by_username(NOBODY))
    with bench.checkpoint(advance=False) as session:
        note_answer(session, Side.KEYCLOAK, failure=keycloak)
    bench.guard(settings.mail_timeout_seconds)
    mail = _failure(bench.mailer.check)
    with bench.completion() as session:
        note_answer(session, Side.SMTP, failure=mail)
        drop_done(session, days=1, kind=bench.job.kind)


def _failure(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (IdentityProviderError, MailerError) as error:
        return error.reason
    return ""
