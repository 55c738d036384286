"""The roles of now of whoever has confirmed what a job does for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.accounts.port import UnavailableError
from service.clock import utc_now
from service.worker.bench import Bench


def live_roles(bench: Bench, subject: str, then: Iterable[str], *, since: datetime) -> Iterable[str] | None:
    """Ask once for a person's roles of now; None when the person is gone or disabled.

    Keycloak away: the roles of `then` stand while a sign-in of then would, after that the job waits for Keycloak.
    Raises: UnavailableError.
    """
    bench.guard(bench.settings.keycloak_timeout_seconds * 2)
    try:
        return bench.provider.find_roles(subject)
    except UnavailableError:
        if utc_now() - since > timedelta(minutes=bench.settings.sign_in_again_minutes):
            raise
        return then
