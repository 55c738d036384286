"""What a load balancer asks: is the process alive, can it work. Keycloak and mail away do not take the portal down."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from service import database
from service.accounts.numbers import read_numbers

router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live", name="health:live")
def live() -> JSONResponse:
    """Say that the process answers, whatever else is away."""
    return JSONResponse({"status": "ok"})


@router.get("/ready", name="health:ready")
def ready(request: Request) -> JSONResponse:
    """Say whether the portal can work: without the database it cannot.

    With work stuck or late, or with Keycloak, the mail or the worker away, it is degraded and stays in service. The
    numbers are those of `/metrics` and of "Attività".
    """
    try:
        with database.transaction(request.app.state.engine) as session:
            found = read_numbers(session)
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable", "database": "unavailable"}, 503, {"Retry-After": "10"})
    status = "degraded" if found.is_degraded else "ok"
    return JSONResponse({"status": status, "database": "ok", **found.as_data()})
