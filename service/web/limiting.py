"""How often a page may be used: the network a request comes from, and the words for whoever has to wait."""

import math
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from fastapi import Request, Response
from sqlalchemy.orm import Session

from service.access import limits
from service.access.limits import HOUR, Use
from service.clock import local_date, utc_now
from service.errors import TooManyError
from service.locales import N_, gettext
from service.web.dates import clock_time, instant

MINUTE = timedelta(minutes=1)
LINKS = N_(
    "Dalla tua rete sono arrivate molte richieste di collegamento. Quello che hai già salvato nel portale è al sicuro, "
    "e i collegamenti che hai ricevuto valgono ancora."
)


def network_of(request: Request) -> str:
    """Name the network a request comes from: /24 or /64, as one person easily has many addresses of one.

    It is the peer's, or what a proxy of `forwarded_allow_ips` says: headers of anybody else move nothing.
    """
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return "unknown"
    if mapped := getattr(address, "ipv4_mapped", None):
        address = mapped
    bits = 24 if isinstance(address, IPv4Address) else 64
    return str(ip_network(f"{address}/{bits}", strict=False))


def limit_network(request: Request, session: Session, what: str, most: int, *, told: str) -> None:
    """Count one use by this network in this hour. Raises: TooManyError, which says `told` and until when to wait."""
    network = network_of(request)
    limits.lock(session, what, network)
    try:
        limits.demand(session, Use(what, network, ((most, HOUR),)))
    except TooManyError as error:
        raise TooManyError(error.until, told) from error


def limit_links(request: Request, session: Session) -> None:
    """Count one wish for a mailed link, whatever for and whoever's address it is. Raises: TooManyError."""
    most = request.app.state.settings.link_requests_per_network_hour
    limit_network(request, session, "link", most, told=LINKS)


def come_back(until: datetime) -> str:
    """Say from when on there is room again, as a full minute that has come by then."""
    minute = (until + MINUTE - timedelta(microseconds=1)).replace(second=0, microsecond=0)
    if local_date(minute) == local_date():
        return gettext("Riprova dopo le %(time)s.", time=clock_time(minute))
    return gettext("Riprova dopo il %(instant)s.", instant=instant(minute))


def retry_later(response: Response, until: datetime) -> Response:
    """Tell programs how many seconds that is."""
    response.headers["Retry-After"] = str(max(1, math.ceil((until - utc_now()).total_seconds())))
    return response
