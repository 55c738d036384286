"""All pages of the staff under one roof; each router has its guard (decisions stand before the pages they refine)."""

from fastapi import APIRouter

from service.web.staff import (
    accounts,
    activity,
    applications,
    audit,
    decisions,
    desk_checks,
    desk_notes,
    desk_opinions,
    desk_sections,
    documents,
    exclusions,
    expiries,
    exports,
    governing,
    information,
    invitation_form,
    invitation_sheets,
    invitations,
    likenesses,
    mails,
    queue,
    retention,
    rounds,
    suppliers,
)

router = APIRouter(include_in_schema=False)
router.include_router(queue.home)
for part in (
    queue,
    decisions,
    information,
    rounds,
    likenesses,
    exports,
    desk_checks,
    desk_sections,
    desk_notes,
    desk_opinions,
    applications,
    documents,
    accounts,
    invitation_form,
    invitation_sheets,
    invitations,
    governing,
    suppliers,
    expiries,
    exclusions,
    mails,
    activity,
    retention,
    audit,
):
    router.include_router(part.router, prefix="/gestione")
