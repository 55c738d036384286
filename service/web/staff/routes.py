"""All pages of the staff under one roof; each router has its guard (decisions stand before the pages they refine)."""

from fastapi import APIRouter

from service.web.staff import (
    accounts,
    activity,
    applications,
    decisions,
    documents,
    expiries,
    exports,
    invitations,
    mails,
    queue,
    retention,
    suppliers,
)

router = APIRouter(include_in_schema=False)
router.include_router(queue.home)
for part in (
    queue,
    decisions,
    exports,
    applications,
    documents,
    accounts,
    invitations,
    suppliers,
    expiries,
    mails,
    activity,
    retention,
):
    router.include_router(part.router, prefix="/gestione")
