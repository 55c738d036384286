"""What a load balancer asks: is the process alive, can it work. Keycloak and mail away do not take the portal down."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from service import database
from service.jobs.queue import counts

router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live", name="health:live")
def live() -> JSONResponse:
    """Say that the process answers, whatever else is away."""
    return JSONResponse({"status": "ok"})


@router.get("/ready", name="health:ready")
def ready(request: Request) -> JSONResponse:
    """Say whether the portal can work: without the database it cannot; with work stuck or late it is degraded."""
    try:
        with database.transaction(request.app.state.engine) as session:
            jobs = counts(session)
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable", "database": "unavailable"}, 503, {"Retry-After": "10"})
    status = "degraded" if jobs["stuck"] or jobs["late"] else "ok"
    return JSONResponse({"status": status, "database": "ok", "jobs": jobs})
