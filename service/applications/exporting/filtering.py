"""The address of the queue read as conditions: what an export and a number of the dashboard speak of."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.queue import ORDERS, count_queue
from service.applications.queue_conditions import queue_conditions
from service.applications.queue_filter import QueueFilter
from service.config import Settings


def canonical(query: str, principal: Principal) -> str:
    """Give of an address's query what chooses and orders: the page is left out, and what no page of ours writes."""
    return QueueFilter.from_query(query, principal).to_query()


def conditions_of(query: str, principal: Principal, settings: Settings) -> list[ColumnElement[bool]]:
    """Give the conditions on `Application` that a canonical query asks for; without a state the open ones."""
    return queue_conditions(QueueFilter.from_query(query, principal), principal, settings)


def order_of(query: str, principal: Principal) -> list[ColumnElement[Any]]:
    """Give what the rows are sorted by."""
    order = ORDERS[QueueFilter.from_query(query, principal).sort]
    return [one.desc() if order.is_descending else one.asc() for one in order.columns()]


def count_some(session: Session, query: str, principal: Principal, settings: Settings) -> int:
    """Count the rows of a canonical query, at most one more than 1,000."""
    return count_queue(session, QueueFilter.from_query(query, principal), principal, settings)
