"""Who passes which door, and what the others see there."""

from typing import Any

import pytest

from service.database import make_engine
from tests.support.issuer import NOBODY, STAFF, SUPPLIER
from tests.support.sign_on import SAME_ORIGIN, Visitor, portal, visitor

__all__ = ["portal", "visitor"]
APPROVER = STAFF | {"sub": "p-1", "roles": ["approver"]}
BOTH = STAFF | {"roles": ["reviewer", "supplier"]}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (None, (303, 303, 303)),
        (NOBODY, (404, 404, 404)),
        (SUPPLIER, (200, 404, 404)),
        (STAFF, (404, 200, 403)),
        (APPROVER, (404, 200, 200)),
        (BOTH, (404, 200, 403)),
    ],
)
def test_guard_matrix(visitor: Visitor, person: Any, expected: tuple[int, ...]) -> None:
    if person:
        visitor.sign_in(person)
    paths = ("/area/prova", "/gestione/prova", "/gestione/decidi")
    assert tuple(visitor.http.get(path).status_code for path in paths) == expected
    assert tuple(visitor.http.post(path, headers=SAME_ORIGIN).status_code for path in paths) == expected


def test_guard_foreign_area_looks_like_a_missing_page(visitor: Visitor) -> None:
    visitor.sign_in()
    foreign, missing = (visitor.http.get(path) for path in ("/gestione/prova", "/gestione/manca"))
    assert (foreign.status_code, foreign.text.replace("prova", "")) == (404, missing.text.replace("manca", ""))


def test_guard_remembers_the_page_asked_for(visitor: Visitor) -> None:
    answer = visitor.http.get("/area/prova?pagina=2")
    assert answer.headers["location"] == "/accedi?ritorno=%2Farea%2Fprova%3Fpagina%3D2"
    assert visitor.sign_in(path=answer.headers["location"]).headers["location"] == "/area/prova?pagina=2"
    stranger = visitor.another()
    assert stranger.http.post("/area/prova", headers=SAME_ORIGIN).headers["location"] == "/accedi"


def test_error_page_knows_who_is_signed_in(visitor: Visitor) -> None:
    visitor.sign_in()
    assert "Cambia password" in visitor.http.get("/manca").text


def test_database_away_public_pages_and_error_pages_still_answer(visitor: Visitor) -> None:
    visitor.sign_in()
    engine = visitor.engine
    visitor.app.state.engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    try:
        assert visitor.http.get("/manca").status_code == 404
        assert visitor.http.get("/area/prova").status_code == 503
    finally:
        visitor.app.state.engine = engine
