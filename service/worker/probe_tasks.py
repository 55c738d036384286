"""Whether Keycloak and the mail server answer: asked every minute, so that it is known before somebody waits for it."""

from collections.abc import Callable

from service.accounts.port import IdentityProviderError
from service.jobs.far_sides import Side, note_answer
from service.jobs.queue import drop_done, wake
from service.mail.port import MailerError
from service.worker.bench import Bench

ACCOUNTS, LETTERS = "account.", "mail."  # how the kinds of job begin that ask the one side and the other
NOBODY = "proactive-probe"  # a user name that nobody can have: the portal's own begin with a supplier's number


def probe(bench: Bench) -> None:
    """Ask both for something that changes nothing, and write down what came of it.

    One that is away is no failure of this job: it is asked again in a minute. What waits for one that has come back is
    tried at once: its next try may be a quarter of an hour away, of a letter six hours. Those done are forgotten after
    a day.
    """
    settings = bench.settings
    bench.guard(2 * settings.keycloak_timeout_seconds)  # a token, a question
    keycloak = _failure(lambda: bench.provider.find_by_username(NOBODY))
    with bench.checkpoint(advance=False) as session:
        if note_answer(session, Side.KEYCLOAK, failure=keycloak):
            wake(session, ACCOUNTS)
    bench.guard(settings.mail_timeout_seconds)
    mail = _failure(bench.mailer.check)
    with bench.completion() as session:
        if note_answer(session, Side.SMTP, failure=mail):
            wake(session, LETTERS)
        drop_done(session, days=1, kind=bench.job.kind)


def _failure(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (IdentityProviderError, MailerError) as error:
        return error.reason
    return ""
