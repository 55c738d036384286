"""What a load balancer asks: is the process alive, can it work. Keycloak and mail away do not take the portal down."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

Counters = Callable[[Engine], Mapping[str, object]]

router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live", name="health:live")
def live() -> JSONResponse:
    """Say that the process answers, whatever else is away."""
    return JSONResponse({"status": "ok"})


@router.get("/ready", name="health:ready")
def ready(request: Request) -> JSONResponse:
    """Say whether the portal can work: without the database it cannot; waiting jobs are told, not judged."""
    engine: Engine = request.app.state.engine
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
        counters: Counters | None = request.app.state.health_counters
        told = dict(counters(engine)) if counters else {}
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable", "database": "unavailable"}, 503, {"Retry-After": "10"})
    return JSONResponse({"status": "ok", "database": "ok", **told})
