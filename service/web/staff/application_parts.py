"""What other features show on the sub-pages of an application: the desk, the likenesses, the outcome."""

from collections.abc import Callable, Mapping
from typing import Any

from service.web.staff.application_page import Look, Tab
from service.web.staff.deciding_view import deciding_of
from service.web.staff.desk_views import desk_of, judging_of
from service.web.staff.likeness_views import likeness_of

Context = dict[str, Any]


def _desk(look: Look) -> Context:
    return {"desk": desk_of(look.session, look.application, look.principal, look.settings, look.asked)}


def _judging(look: Look) -> Context:
    return {"judging": judging_of(look.session, look.application, look.principal)}


def _likeness(look: Look) -> Context:
    return likeness_of(look.session, look.application, look.principal)


def _outcome(look: Look) -> Context:
    return deciding_of(look.session, look.application, look.principal, look.settings)


EVERYWHERE = (_outcome,)  # the panel of the decision stands beside every sub-page
PARTS: Mapping[Tab, tuple[Callable[[Look], Context], ...]] = {
    Tab.SUMMARY: (_desk, _likeness),
    Tab.DATA: (_judging,),
    Tab.CHECKS: (_desk,),
}


def parts_of(look: Look, tab: Tab) -> Context:
    """Give what the templates of the parts on this sub-page need."""
    context: Context = {}
    for part in (*EVERYWHERE, *PARTS.get(tab, ())):
        context |= part(look)
    return context
