"""A look at both sides: everybody at Keycloak page by page, each page against our accounts, then what nobody met.

What looks wrong is read again on its own before it is called a drift, between two readings of our rows: whatever is
being changed at that moment differs between them, or has a job on its way, and is left for the next look.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from service.accounts.drift.actions import Counted, begin_run, end_run, note
from service.accounts.drift.comparing import Finding, Known, compare, missing
from service.accounts.drift.knowing import count_accounts, known_by, known_page, marker
from service.accounts.drift.states import DriftKind
from service.accounts.port import SUPPLIERS_GROUP, Directory, Person, RefusedError, UnavailableError
from service.applications.ghosts import list_ghosts

Thing = TypeVar("Thing")
AT_ONCE = 3  # pages that Keycloak is asked for at the same time: it has cores of its own
PAGE = 500
# whoever reads everybody pays for each person what came before it in the page (500 took 7 s, ten pages of 50 took 3)
PEOPLE_PAGE = 50
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Hands:
    """What a look and a repair work with, in a job or at a command.

    `transaction` keeps a job's lease as well; `guard` lets so many calls at Keycloak begin, or stops a job in time.
    """

    provider: Directory
    transaction: Callable[[], AbstractContextManager[Session]]
    guard: Callable[[int], None] = lambda _calls: None


def look(hands: Hands, run_id: UUID) -> Counted | None:
    """Compare everything and store what differs; None when this look has ended already. Safe to repeat.

    Memory holds a few pages and the ids of the people. Raises: UnavailableError, RefusedError.
    """
    with hands.transaction() as session:
        if begin_run(session, run_id) is None:
            return None
    members = {subject for page in _pages(hands, hands.provider.list_members, PAGE) for subject in page}
    met: set[str] = set()
    found = 0
    for page in _pages(hands, hands.provider.list_people, PEOPLE_PAGE):
        met.update(one.subject for one in page)
        found += _compare_page(hands, [_with_group(one, members) for one in page])
    found += _find_missing(hands, met)
    with hands.transaction() as session:
        ghosts = list_ghosts(session)
        for one in ghosts:
            note(session, one)
        counted = Counted(len(met), count_accounts(session), found + len(ghosts))
        end_run(session, run_id, counted)
    return counted


def confirmed(hands: Hands, subject: str, marked_by: str | None = None) -> list[Finding] | None:
    """Read one person and our rows about it again; gives what still differs. None, no answer, when anything moves."""
    with hands.transaction() as session:
        before = _accounts(session, subject, marked_by)
    hands.guard(5)
    person = hands.provider.find_person(subject)
    if person is None:
        return []
    with hands.transaction() as session:
        after = _accounts(session, subject, person.account_id)
    if before != after or any(one.is_under_way for one in after):
        return None
    found = _differences(person, after)
    return [one for one in found if one.kind != DriftKind.DOUBLE or _has_its_own(hands, after, person)]


def is_gone(hands: Hands, account: Known) -> bool:
    """Say whether an account's person is really not there, and the account still as it was."""
    hands.guard(3)
    if account.subject is not None and hands.provider.find_person(account.subject) is not None:
        return False
    with hands.transaction() as session:
        return known_by(session, ids=[account.id]) == [account]


def _pages(hands: Hands, read: Callable[..., list[Thing]], most: int) -> Iterator[list[Thing]]:
    """Give page after page; the next ones are on their way meanwhile, and what comes after the last is let go."""
    with ThreadPoolExecutor(AT_ONCE) as readers:
        asked: deque[Future[list[Thing]]] = deque()
        for first in count(step=most):
            hands.guard(3)  # a token and the group's id before the first
            try:
                asked.append(readers.submit(read, first=first, most=most))
            except RuntimeError as error:  # this process ends: another begins the look again
                raise UnavailableError("Il worker si sta fermando") from error
            if len(asked) < AT_ONCE:
                continue
            page = asked.popleft().result()
            if page:
                yield page
            if len(page) < most:
                return
            with hands.transaction():  # a page without our people must keep the lease as well
                pass


def _with_group(person: Person, members: set[str]) -> Person:
    return replace(person, groups=(SUPPLIERS_GROUP,)) if person.subject in members else person


def _compare_page(hands: Hands, page: Sequence[Person]) -> int:
    """Compare a page at once; only who looks wrong costs questions of its own."""
    with hands.transaction() as session:
        marked = [one for one in (marker(person.account_id) for person in page) if one]
        accounts = known_by(session, subjects=[one.subject for one in page], ids=marked)
    of_subject = {one.subject: one for one in accounts if one.subject}
    of_marker = {one.id: one for one in accounts}
    suspects = [
        one for one in page
        if compare(one, own=of_subject.get(one.subject), marked=of_marker.get(marker(one.account_id) or NOBODY))
    ]  # fmt: skip
    return sum(_store(hands, confirmed(hands, one.subject, one.account_id) or ()) for one in suspects)


def _find_missing(hands: Hands, met: set[str]) -> int:
    found, after = 0, None
    while True:
        with hands.transaction() as session:
            page = known_page(session, after=after, most=PAGE)
        if not page:
            return found
        if not met:  # another realm, or a right that was taken away: nobody would have deleted everybody
            raise RefusedError("Keycloak non mostra nessuna persona: va controllato il client proactive-observer")
        after = page[-1].id
        for account in page:
            drift = missing(account) if account.subject not in met else None
            if drift is not None and is_gone(hands, account):
                found += _store(hands, [drift])


def _store(hands: Hands, findings: Sequence[Finding]) -> int:
    if findings:
        with hands.transaction() as session:
            for one in findings:
                note(session, one)
    return len(findings)


def _accounts(session: Session, subject: str, raw_marker: str | None) -> list[Known]:
    marked = marker(raw_marker)
    return known_by(session, subjects=[subject], ids=[marked] if marked else [])


def _differences(person: Person, accounts: Sequence[Known]) -> list[Finding]:
    own = next((one for one in accounts if one.subject == person.subject), None)
    marked = next((one for one in accounts if one.id == marker(person.account_id)), None)
    return compare(person, own=own, marked=marked)


def _has_its_own(hands: Hands, accounts: Sequence[Known], person: Person) -> bool:
    """Say whether the account a second person is marked with has one: else that one is missing, and this is it."""
    marked = next(one for one in accounts if one.id == marker(person.account_id))
    return marked.subject is not None and hands.provider.find_person(marked.subject) is not None
