"""How a browser is sent to Keycloak, and the pages for when that does not work. What comes back is `sign_in`'s."""

import re
import secrets
from collections.abc import Mapping
from typing import Annotated

import structlog
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.access.sessions import LoginPurpose, begin_login
from service.locales import N_, current_locale
from service.web.limiting import limit_network
from service.web.oidc import SignOn
from service.web.session import LOGIN, SIGN_IN, read_cookie, set_cookie
from service.web.templating import render

log = structlog.get_logger()
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
TOO_MANY = N_("Dalla tua rete sono partiti molti accessi in poco tempo. Chi è già collegato può continuare.")


def sign_on_of(request: Request) -> SignOn:
    """Give the application's client of Keycloak."""
    sign_on: SignOn = request.app.state.sign_on
    return sign_on


KeycloakSignOn = Annotated[SignOn, Depends(sign_on_of)]


def leave(
    request: Request,
    session: Session,
    sign_on: SignOn,
    *,
    back: str,
    purpose: LoginPurpose = LoginPurpose.SIGN_IN,
    subject: str | None = None,
    extra: Mapping[str, str] | None = None,
    prefix: str = "",
) -> Response:
    """Send the browser to Keycloak. Its own secret is kept from tab to tab, so several may be under way at once."""
    sign_on.provider()
    if purpose is LoginPurpose.SIGN_IN:  # by whoever it is: each leaves a row
        most = request.app.state.settings.sign_ins_per_network_hour
        limit_network(request, session, "sign_in", most, told=TOO_MANY)
    known = read_cookie(request, LOGIN)
    browser = known if _BROWSER.fullmatch(known) else secrets.token_urlsafe(32)
    challenge = begin_login(
        session, browser=browser, return_path=back, purpose=purpose, subject=subject, state_prefix=prefix
    )
    address = sign_on.authorization_url(challenge, locale=current_locale(), extra=extra)
    response = RedirectResponse(address, status_code=303)
    set_cookie(request, response, LOGIN, browser)
    return response


def unavailable(request: Request, error: Exception, again: str = "") -> Response:
    """Answer when Keycloak is away, or says of itself what cannot be believed; `again` is where to try once more."""
    log.error("sign_in.unavailable", reason=getattr(error, "reason", "no_answer"))
    tried = SIGN_IN if request.url.path == "/auth/callback" else request.url.path
    page = render(request, "public/sign_in_unavailable.html", status=503, again=again or tried)
    page.headers["Retry-After"] = "10"
    return page


def refused(request: Request, reason: str) -> Response:
    """Offer the sign-in again; the reason is for the log."""
    log.warning("sign_in.refused", reason=reason)
    return render(request, "public/sign_in_refused.html", status=400)
