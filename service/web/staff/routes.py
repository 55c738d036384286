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
    information,
    invitations,
    mails,
    queue,
    retention,
    rounds,
    settings,
    suppliers,
)

router = APIRouter(include_in_schema=False)
router.include_router(queue.home)
for part in (
    queue, decisions, information, rounds, exports, applications, documents, accounts, invitations, suppliers, expiries,
    mails, activity, retention, settings,
):  # fmt: skip
    router.include_router(part.router, prefix="/gestione")
