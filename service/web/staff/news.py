"""What has changed since this person last did something with an application.

Nobody's looking is kept: the last time is the last of the person's own events in the trail, a verdict or a download.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.access.principal import Principal
from service.applications.models import InformationRequest
from service.audit.trail import AuditEvent
from service.web.staff.application_views import Step, history
from service.web.staff.round_views import RoundView


@dataclass(frozen=True, slots=True)
class News:
    """What others did since then; `rounds` are the ids of corrections that came, with their fields and documents."""

    since: datetime
    steps: list[Step]
    rounds: frozenset[str]
    fields: list[str]
    documents: list[str]


def read_news(
    events: Sequence[AuditEvent],
    requests: Sequence[InformationRequest],
    rounds: Sequence[RoundView],
    *,
    principal: Principal,
) -> News | None:
    """Give the news; None when there are none, or the person has never worked on it and all is new."""
    own = [one for one in events if one.by_subject == principal.subject]
    if not own:
        return None
    last = own[-1]
    steps = history((one for one in events if one.id > last.id), principal)
    answered = {str(one.id) for one in requests if one.answered_at is not None and one.answered_at > last.at}
    came = [one for one in rounds if one.id in answered]
    if not steps:
        return None
    return News(
        since=last.at,
        steps=steps,
        rounds=frozenset(answered),
        fields=list(dict.fromkeys(one.title for round_ in came for one in round_.answers)),
        documents=list(dict.fromkeys(one.title for round_ in came for one in round_.documents)),
    )
