"""Keeping, unjudged, what an applicant typed in a correction whose session had ended: nothing typed is lost."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.applications.changes import note_changes
from service.applications.correction_work import working_answers
from service.applications.corrections import find_open_request, working_version
from service.applications.models import InformationRequest
from service.applications.repository import get_application
from service.applications.states import ItemKind, next_state
from service.clock import utc_now
from service.errors import ConflictError


def keep_typed_correction(
    session: Session,
    application_id: UUID,
    section: str,
    typed: Mapping[str, Any],
    *,
    unsettled: Collection[str] = (),
    replies: Mapping[int, str] | None = None,
) -> InformationRequest:
    """Keep open fields of a section as typed in the working copy, from `information_requested`; nothing is read back.

    What the section answers is to be looked at again. `unsettled` as in `keep_typed`. Raises: InvalidTransitionError.
    """
    application = get_application(session, application_id, lock=True)
    next_state("save_correction", application.state)
    request = find_open_request(session, application_id, lock=True)
    if request is None:  # its state says there is one
        raise ConflictError
    before, now = working_answers(application, request), utc_now()
    raw = before.get("_raw", {})
    after = {**before, "_raw": {**raw, section: {**raw.get(section, {}), **typed}}}
    request.changed = note_changes(
        request.changed, before, after, version=working_version(request) + 1, at=now, unsettled=unsettled
    )
    request.answers = after
    for item in request.items:
        if item.kind != ItemKind.DOCUMENT and item.section == section:
            item.answered_at, item.reply = None, (replies or {}).get(item.id, item.reply)
    application.touched_at = now
    session.flush()
    return request
