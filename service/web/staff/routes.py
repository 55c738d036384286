"""All pages of the staff under one roof; each router has its guard (decisions stand before the pages they refine)."""

from fastapi import APIRouter

from service.web.staff import (
    accounts,
    activity,
    applications,
    dashboard,
    decisions,
    documents,
    expiries,
    exports,
    information,
    invitations,
    mails,
    queue,
    queue_exports,
    retention,
    rounds,
    suppliers,
)

router = APIRouter(include_in_schema=False)
router.include_router(dashboard.home)
for part in (
    queue, queue_exports, decisions, information, rounds, exports, applications, documents, accounts, invitations,
    suppliers, expiries, mails, activity, retention,
):  # fmt: skip
    router.include_router(part.router, prefix="/gestione")
