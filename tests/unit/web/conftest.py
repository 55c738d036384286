"""One application for the tests of this folder, with a few routes that go wrong."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.errors import ConflictError, ForbiddenError, NotFoundError
from service.web.forms import PostedForm
from service.web.transaction import Transaction
from tests.support.web import browser, portal


def raising(error: Exception) -> None:
    raise error


@pytest.fixture(scope="session")
def app() -> FastAPI:
    application = portal()
    application.get("/prova/conflitto")(lambda: raising(ConflictError("Accettata da Anna alle 10:42.")))
    application.get("/prova/vietata")(lambda: raising(ForbiddenError()))
    application.get("/prova/altrui")(lambda: raising(NotFoundError("P-2026-0147 di un'altra impresa")))
    application.get("/prova/imprevisto")(lambda: raising(ZeroDivisionError("segreto-interno")))

    @application.get("/prova/dati")
    def read(session: Transaction) -> dict[str, int]:
        return {"n": session.connection().exec_driver_sql("select 1").scalar_one()}

    @application.post("/prova/modulo")
    def write(posted: PostedForm) -> dict[str, list[str]]:
        return dict(posted)

    return application


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return browser(app)
