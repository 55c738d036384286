"""The calendar of expiries as calendar programs fetch it: no session, the token of the address alone."""

import hashlib

from fastapi import APIRouter, Request, Response

from service.config import Settings
from service.errors import NotFoundError
from service.locales import gettext, spoken_in
from service.suppliers.calendar import calendar_days
from service.suppliers.calendar_file import MEDIA_TYPE, write_calendar
from service.suppliers.feeds import find_feed_by_token
from service.suppliers.repository import find_supplier_of
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False)
# asked again each time, so that a revoked address is empty at once
FRESH = {"Cache-Control": "private, no-cache", "Content-Disposition": 'inline; filename="scadenze.ics"'}


@router.get("/calendario/{token}.ics", name="public:calendar_feed")
def calendar_feed(request: Request, session: Transaction, token: str) -> Response:
    """Give the calendar. Raises: NotFoundError, the same whether the address never was, was revoked or has nobody."""
    feed = find_feed_by_token(session, token)
    supplier = find_supplier_of(session, feed.supplier_id, feed.subject) if feed else None
    if supplier is None:
        raise NotFoundError
    settings: Settings = request.app.state.settings
    with spoken_in(supplier.locale):  # the same bytes whatever the program says of its language
        days = calendar_days(session, supplier, settings=settings)
        written = write_calendar(days, name=gettext("Scadenze ICRI ProActive"))
    tag = f'"{hashlib.sha256(written).hexdigest()[:32]}"'
    headers = FRESH | {"ETag": tag}
    if tag in (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(written, media_type=MEDIA_TYPE, headers=headers)
