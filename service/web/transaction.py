"""The one transaction of a request, as a dependency; it is committed before the reply leaves.

It begins with what admins have put in force: tables, and the settings at `app.state.settings`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import State

from service import database
from service.administration import in_force


def transaction(request: Request) -> Iterator[Session]:
    """Give a session that is committed when the handler has returned, rolled back when it raised.

    Take it as `Transaction`: with FastAPI's default scope the commit would follow the reply (house.md decision 5).
    """
    with begin(request) as session:
        yield session


@contextmanager
def begin(request: Request) -> Iterator[Session]:
    """Give the same where no dependency can be held: beside a body that takes long to come."""
    state = request.app.state
    with database.transaction(state.engine) as session:
        in_force.refresh(session)
        _renew(state)
        yield session


def freshen(request: Request) -> None:
    """Have in force what admins have edited on a page that asks the database for nothing else."""
    in_force.freshen(request.app.state.engine)
    _renew(request.app.state)


def _renew(state: State) -> None:
    """Swap the settings for those in force; `installed` keeps the ones of the environment."""
    if state.settings is not getattr(state, "renewed", None):
        state.installed = state.settings
    state.renewed = state.settings = in_force.present(state.installed)


FRESH = Depends(freshen)
Transaction = Annotated[Session, Depends(transaction, scope="function")]
