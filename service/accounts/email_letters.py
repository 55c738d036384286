"""The letters of a changed login address: one to the new, one to the old, one when it cannot be."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.links import Link, token
from service.accounts.models import Account, EmailChange
from service.config import Settings
from service.mail.messages import Envelope, compose, masked
from service.mail.port import Letter

Arguments = Mapping[str, str]
Writer = Callable[[Session, Arguments, Settings], Letter | None]


def _confirm(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """None when the wish has ended, or its link no longer works."""
    found, link = _wish(session, arguments), session.get(Link, UUID(arguments["link"]))
    if found is None or link is None or not link.is_alive:
        return None
    change, account = found
    if change.ended_at or change.confirmed_at:
        return None
    presented = token(link.id, secret=settings.secret_key.get_secret_value())
    return compose("login_change_confirm", _envelope(account, change.new_email, settings), {
        "new": change.new_email, "username": account.username, "hours": settings.link_hours,
        "link": f"{settings.public_base_url}/indirizzo/{presented}",
    })  # fmt: skip


def _notice(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """Leave even when the wish has ended or was confirmed meanwhile: the old address is to know of it."""
    if (found := _wish(session, arguments)) is None:
        return None
    change, account = found
    return compose("login_change_notice", _envelope(account, change.old_email, settings), {
        "new": masked(change.new_email), "username": account.username, "support": settings.support_email,
    })  # fmt: skip


def _refused(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    if (found := _wish(session, arguments)) is None:
        return None
    change, account = found
    return compose("login_change_refused", _envelope(account, account.email, settings), {
        "new": masked(change.new_email), "username": account.username, "support": settings.support_email,
        "link": f"{settings.public_base_url}/area/indirizzo",
    })  # fmt: skip


def _wish(session: Session, arguments: Arguments) -> tuple[EmailChange, Account] | None:
    """Read the wish that a letter is about, with its account; None when they are erased."""
    change = session.get(EmailChange, UUID(arguments["about"]))
    return (change, session.get_one(Account, change.account_id)) if change else None


def _envelope(account: Account, to: str, settings: Settings) -> Envelope:
    return Envelope(
        to=to,
        name=f"{account.first_name} {account.last_name}",
        locale=account.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )


LETTERS: dict[str, Writer] = {
    "login_change_confirm": _confirm, "login_change_notice": _notice, "login_change_refused": _refused
}  # fmt: skip
