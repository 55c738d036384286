"""What time does to applications, and the links that people ask for: jobs around single actions."""

from service.applications import actions
from service.worker.bench import Bench


def expire(bench: Bench) -> None:
    """Erase the drafts and end the corrections whose promised time has passed."""
    with bench.completion() as session:
        actions.expire_drafts(session, settings=bench.settings)
