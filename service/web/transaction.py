"""The one transaction of a request, as a dependency; it is committed before the reply leaves."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from service import database


def transaction(request: Request) -> Iterator[Session]:
    """Give a session that is committed when the handler has returned, rolled back when it raised.

    Take it as `Transaction`: with FastAPI's default scope the commit would follow the reply (house.md decision 5).
    """
    with database.transaction(request.app.state.engine) as session:
        yield session


Transaction = Annotated[Session, Depends(transaction, scope="function")]
