"""Editing as an admin in tests; what is in force is the process's, so each test that edits cleans it up."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.administration import in_force
from service.administration.actions import edit
from service.administration.kinds import KINDS
from service.administration.models import Edition
from service.administration.repository import find_current
from service.administration.states import EditionKind
from tests.support.staff_portal import ADMIN

WHY = "Deciso in riunione"


@pytest.fixture(autouse=True)
def _defaults_again() -> Iterator[None]:
    """Have the defaults in force before and after: for whoever imports this name."""
    in_force.forget_all()
    yield
    in_force.forget_all()


def present(session: Session, kind: EditionKind, key: str) -> dict[str, Any]:
    """What is in force of a thing, by its form's names."""
    current = find_current(session, kind, key)
    return dict((current.value if current else None) or KINDS[kind].default(key) or {})


def change(session: Session, kind: EditionKind, key: str, **values: object) -> Edition:
    """Edit some of a thing's values, as an admin who has just looked at it."""
    current = find_current(session, kind, key)
    value = present(session, kind, key) | values
    return edit(session, kind, key, value, version=current.version if current else 0, by=ADMIN, why=WHY)
