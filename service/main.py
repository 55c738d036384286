"""The web application: routers, middleware, error pages and adapters wired together; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.trustedhost import TrustedHostMiddleware

from service import logs, questionnaire
from service.accounts.port import SessionReader
from service.adapters.files import make_store
from service.adapters.keycloak import KeycloakProvider
from service.audit import signing
from service.config import Settings, load_settings
from service.database import make_engine
from service.documents.space import forget_left_behind
from service.web import assets, errors, health, sign_in
from service.web.body import BodyMiddleware, Uploads
from service.web.csrf import CsrfMiddleware
from service.web.headers import HeadersMiddleware, security_headers
from service.web.language import LanguageMiddleware
from service.web.oidc import SignOn
from service.web.public import (
    address,
    calendar_feed,
    correction_documents,
    correction_sections,
    correction_upload,
    corrections,
    document_files,
    document_upload,
    documents,
    draft,
    draft_lookups,
    draft_sections,
    draft_summary,
    invitation,
    login_link,
    pages,
    papers,
    registration,
    restart,
    resume,
    session_end,
    status,
)
from service.web.session import PrincipalMiddleware
from service.web.staff import routes as staff
from service.web.supplier import area, calendar, choosing, data, login_address, people, replacing
from service.web.supplier import documents as supplier_documents
from service.web.templating import make_environment
from service.web.uploads import UPLOAD_FIELDS, UPLOADS

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    health.router,
    pages.router,
    registration.router,
    draft_lookups.router,
    papers.router,
    draft_summary.router,
    draft.router,
    document_files.router,
    documents.router,
    document_upload.router,
    session_end.router,
    address.router,
    login_link.router,
    restart.router,
    draft_sections.router,
    resume.router,
    invitation.router,
    corrections.router,
    correction_documents.router,
    correction_upload.router,
    correction_sections.router,
    status.router,
    staff.router,
    area.router,
    choosing.router,
    data.router,
    calendar.router,
    people.router,
    login_address.router,
    supplier_documents.router,
    replacing.router,
    calendar_feed.router,
)

# pages below the uploads' addresses that take no file
FORMS_BELOW = (*documents.FORMS, *correction_documents.FORMS)

READER_SECONDS = 2.0
READER_LANES = 40  # as many as Starlette has threads for pages: none waits for another's connection


def create_app(settings: Settings) -> FastAPI:
    """Make the application of one installation; it connects to nothing before the first request."""
    signing.configure(settings.audit_key)
    app = FastAPI(
        title="ICRI ProActive",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.engine = make_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
    app.state.session_reader = _session_reader(settings)
    app.state.files = make_store(settings)
    app.state.assets = assets.load_assets()
    app.state.templates = make_environment(settings, app.state.assets)
    errors.install(app)
    sign_in.install(app, SignOn(settings))
    _add_middleware(app, settings)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _session_reader(settings: Settings) -> SessionReader:
    """Give what the pages ask Keycloak's observer with: it waits two seconds at most, and writes nothing (ADR 0023)."""
    return KeycloakProvider(
        server_url=settings.keycloak_server,
        realm=settings.realm,
        provisioner_secret=settings.provisioner_client_secret,
        observer_secret=settings.observer_client_secret,
        portal_url=settings.public_base_url,
        timeout_seconds=min(READER_SECONDS, settings.keycloak_timeout_seconds),
        mail_timeout_seconds=READER_SECONDS,
        lanes=READER_LANES,
    )


def from_environment() -> FastAPI:
    """Make the application from the environment: `uvicorn --factory service.main:from_environment`."""
    settings = load_settings()
    logs.configure(settings.log_level)
    return create_app(settings)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # beside the first requests, which need not wait for it
    Thread(target=questionnaire.warm_up, name="catalogues", daemon=True).start()
    await run_in_threadpool(forget_left_behind)
    yield
    app.state.sign_on.close()
    app.state.engine.dispose()


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add from the inside out: the last one sees a request first and an answer last."""
    origin = settings.public_base_url
    app.add_middleware(CsrfMiddleware, origin=origin, refusal=errors.refuse_foreign)
    app.add_middleware(
        BodyMiddleware,
        limit=settings.max_form_bytes,
        seconds=settings.body_seconds,
        uploads=Uploads(UPLOADS, FORMS_BELOW, settings.files_per_upload * settings.file_bytes + UPLOAD_FIELDS),
        refusal=errors.error_page,
        abandoned=errors.abandoned,
    )
    app.add_middleware(PrincipalMiddleware)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings), www_redirect=False)
    app.add_middleware(HeadersMiddleware, headers=security_headers(settings), failure=errors.unforeseen)
    app.add_middleware(LanguageMiddleware, secure=origin.startswith("https://"))


def _hosts(settings: Settings) -> list[str]:
    """Name the hosts we answer to; links are made from the public address alone (security.md T22)."""
    further = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    return [urlsplit(settings.public_base_url).hostname or "", *further]
