"""The roles of now of whoever has confirmed what a job does for them."""

from collections.abc import Iterable

from service.accounts.port import UnavailableError
from service.worker.bench import Bench


def live_roles(bench: Bench, subject: str, then: Iterable[str]) -> Iterable[str] | None:
    """Ask once for a person's roles of now; None when the person is gone or disabled.

    Keycloak away: the roles of the confirmation, just before, stand, as they do for whoever is signed in.
    """
    bench.guard(bench.settings.keycloak_timeout_seconds * 2)
    try:
        return bench.provider.find_roles(subject)
    except UnavailableError:
        return then
