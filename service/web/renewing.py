"""A sign-in that is too old for a great act: to Keycloak with `prompt=login`, and back as the same person or not.

A form that was sent meanwhile is parked first, so that nothing typed is lost whatever Keycloak says.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from fastapi import Request, Response

from service import database
from service.access.parking import park
from service.access.principal import Principal
from service.access.sessions import Identity, LoginAttempt, LoginPurpose
from service.locales import N_, gettext
from service.web.asking import UnavailableError
from service.web.errors import error_page
from service.web.flash import redirect
from service.web.leaving import leave, refused, sign_on_of, unavailable
from service.web.session import STAFF_HOME, SignInAgain, address_of, home_of, return_path
from service.web.tokens import LEEWAY, RefusedError

log = structlog.get_logger()
RESUME = f"{STAFF_HOME}/ripresa"
KEPT = N_("Non hai ripetuto l’accesso: nulla è cambiato.")
SOMEBODY_ELSE = N_("L’accesso l’ha ripetuto un’altra persona: nulla è cambiato, e qui resti collegato come prima.")


def sign_in_again(request: Request, error: Exception) -> Response:
    """Answer SignInAgain: park what was typed, then to Keycloak, and back to the page or to the parked form."""
    assert isinstance(error, SignInAgain)  # noqa: S101
    principal: Principal = request.state.principal
    back = return_path(address_of(request))
    if error.fields is not None:
        if not back or _length(error.fields) > request.app.state.settings.max_form_bytes:
            return error_page(request, 413)
        with database.transaction(request.app.state.engine) as session:
            back = f"{RESUME}/{park(session, subject=principal.subject, path=back, fields=error.fields)}"
    try:
        with database.transaction(request.app.state.engine) as session:
            return leave(
                request,
                session,
                sign_on_of(request),
                back=back,
                purpose=LoginPurpose.RENEW,
                subject=principal.subject,
                extra={"prompt": "login"},
            )
    except (UnavailableError, RefusedError) as failure:
        return unavailable(request, failure, again=back)


def is_fresh(identity: Identity, attempt: LoginAttempt) -> bool:
    """Tell whether the credentials were given after the browser left: `prompt=login` in an address proves nothing."""
    return identity.authenticated_at >= attempt.created_at - timedelta(seconds=LEEWAY)


def keep(request: Request, attempt: LoginAttempt, text: str = KEPT) -> Response:
    """Answer a sign-in that was not renewed: the session stays as it was; a parked form is still there.

    Not back to the page itself, which would lead to Keycloak again.
    """
    principal: Principal | None = request.state.principal
    if principal is None:
        return refused(request, "not_renewed")
    log.warning("sign_in.not_renewed", subject=principal.subject)
    is_parked = attempt.return_path.startswith(f"{RESUME}/")
    return redirect(request, attempt.return_path if is_parked else home_of(principal), gettext(text), "warning")


def keep_from_other(request: Request, attempt: LoginAttempt) -> Response:
    """Answer when another person came back: they are not signed in, and whoever was stays."""
    return keep(request, attempt, SOMEBODY_ELSE)


def _length(fields: Mapping[str, Sequence[str]]) -> int:
    return len(json.dumps(fields, ensure_ascii=False).encode())
