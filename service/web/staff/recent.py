"""A guard for great acts: whoever signed in long ago signs in again first, and what was typed waits (security.md T12).

The way to Keycloak and back is `web.renewing`; the page that gives the typed form back is `staff.resuming`.
"""

from datetime import timedelta

from fastapi import Depends, Request

from service.access.principal import Principal
from service.clock import utc_now
from service.web.csrf import SAFE
from service.web.forms import read_posted
from service.web.session import CurrentPrincipal, SignInAgain


async def require_recent(request: Request, principal: CurrentPrincipal) -> Principal:
    """Let through whoever gave their credentials a short time ago.

    Raises: SignInAgain, with the form when one was sent. Stand it after the guards of the permission.
    """
    longest = timedelta(minutes=request.app.state.settings.sign_in_again_minutes)
    if utc_now() - request.state.authenticated_at <= longest:
        return principal
    raise SignInAgain(None if request.method in SAFE else await read_posted(request))


RECENT = Depends(require_recent)
