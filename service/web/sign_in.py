"""Signing in and out, change and recovery of the password: to Keycloak and back. Tokens are judged in `tokens`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from service import database
from service.access.sessions import (
    Identity,
    LoginAttempt,
    LoginPurpose,
    end_by_sid,
    end_by_subject,
    end_signed_in,
    open_signed_in,
    take_login,
)
from service.accounts.actions import note_signed_in
from service.locales import N_, current_locale, gettext
from service.web.asking import UnavailableError
from service.web.flash import redirect, set_flash
from service.web.leaving import KeycloakSignOn, leave, refused, unavailable
from service.web.oidc import SignOn
from service.web.renewing import is_fresh, keep, keep_from_other, sign_in_again
from service.web.session import (
    LOGIN,
    SESSION,
    CurrentPrincipal,
    SignInAgain,
    SignInRequired,
    drop_cookie,
    home_of,
    landing,
    read_cookie,
    return_path,
    set_cookie,
    sign_in_redirect,
)
from service.web.templating import render
from service.web.tokens import RefusedError, demand
from service.web.transaction import Transaction

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
AGAIN = "r."  # the state of a second try begins so: a browser that loses our cookie is not sent round for ever
LONGEST_VALUE = 2048
PASSWORD_CHANGED = N_("La password è stata cambiata.")
PASSWORD_KEPT = N_("La password non è cambiata.")
SIGNED_OUT = N_("Sei uscito da ICRI ProActive.")
SIGNED_OUT_HERE = N_(
    "Sei uscito da ICRI ProActive. Il servizio di accesso non risponde: per uscire anche dalle altre applicazioni "
    "chiudi il browser."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back in the address of `/auth/callback`; missing parts are empty."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""
    error_description: str = ""
    kc_action_status: str = ""


def read_answer(request: Request) -> Answer:
    """Read the callback's query. A part that comes twice or too long is none; unknown parts are let pass.

    An error that cannot be read is one all the same: the code beside it must not count.
    """
    parts = {name: request.query_params.getlist(name) for name in Answer.__slots__}
    read = {name: found[0] for name, found in parts.items() if len(found) == 1 and len(found[0]) <= LONGEST_VALUE}
    return Answer(**({"error": "?"} if parts["error"] else {}) | read)


@router.get("/accedi", name="sign_in")
def sign_in(request: Request, session: Transaction, sign_on: KeycloakSignOn, ritorno: str = "") -> Response:
    """Lead to Keycloak; whoever is signed in already goes to the own area, or reads that there is none."""
    principal = request.state.principal
    if principal is None:
        return leave(request, session, sign_on, back=return_path(ritorno))
    if not home_of(principal):
        return render(request, "public/no_access.html", status=403)
    return RedirectResponse(landing(principal, ritorno), status_code=303)


@router.get("/cambia-password", name="change_password")
def change_password(
    request: Request, session: Transaction, sign_on: KeycloakSignOn, principal: CurrentPrincipal, ritorno: str = ""
) -> Response:
    """Lead to Keycloak's pages for a new password; `prompt=login` makes it ask for the present one in any case."""
    return leave(
        request,
        session,
        sign_on,
        back=return_path(ritorno),
        purpose=LoginPurpose.CHANGE_PASSWORD,
        subject=principal.subject,
        extra={"kc_action": "UPDATE_PASSWORD", "prompt": "login"},
    )


@router.get("/recupera-password", name="recover_password")
def recover_password(sign_on: KeycloakSignOn) -> Response:
    """Lead to Keycloak's page for lost passwords."""
    return RedirectResponse(sign_on.recovery_url(locale=current_locale()), status_code=303)


@router.get("/auth/callback", name="callback")
def callback(request: Request, sign_on: KeycloakSignOn) -> Response:
    """Take back whoever comes from Keycloak.

    The attempt is used up in a transaction of its own before the code is exchanged: whatever happens then, the same
    answer never counts twice, and no connection waits for Keycloak.
    """
    answer = read_answer(request)
    with database.transaction(request.app.state.engine) as session:
        attempt = take_login(session, state=answer.state, browser=read_cookie(request, LOGIN))
    if attempt is None:
        return _unknown_attempt(request, sign_on, answer)
    try:
        return _finish(request, sign_on, attempt, answer)
    except RefusedError as error:
        return refused(request, error.reason)


@router.post("/esci", name="sign_out")
def sign_out(request: Request, sign_on: KeycloakSignOn) -> Response:
    """End the session here first, then at Keycloak and so in the other applications."""
    with database.transaction(request.app.state.engine) as session:
        ended = end_signed_in(session, read_cookie(request, SESSION))
    try:
        away = sign_on.end_session_url(id_token=ended.id_token if ended else "", locale=current_locale())
        response: Response = RedirectResponse(away, status_code=303)
        set_flash(request, response, gettext(SIGNED_OUT))
    except (UnavailableError, RefusedError):
        response = redirect(request, "/", gettext(SIGNED_OUT_HERE), "warning")
    drop_cookie(request, response, SESSION)
    return response


@router.post("/auth/backchannel-logout", name="backchannel_logout")
def backchannel_logout(
    session: Transaction, sign_on: KeycloakSignOn, logout_token: Annotated[str, Form()] = ""
) -> Response:
    """End what Keycloak says has ended; a repeated call finds nothing left and is as good."""
    try:
        notice = sign_on.read_logout(logout_token)
    except (RefusedError, UnavailableError) as error:
        log.warning("backchannel_logout.refused", reason=getattr(error, "reason", "unavailable"))
        return JSONResponse({"error": "invalid_request"}, status_code=400)
    ended = end_by_sid(session, notice.sid) if notice.sid else end_by_subject(session, notice.subject)
    log.info("backchannel_logout.done", sessions=ended)
    return Response(status_code=200)


def install(app: FastAPI, sign_on: SignOn) -> None:
    """Give the application its client of Keycloak, these routes, and the answers to what they raise."""
    app.state.sign_on = sign_on
    app.include_router(router)
    app.add_exception_handler(SignInRequired, sign_in_redirect)
    app.add_exception_handler(SignInAgain, sign_in_again)
    app.add_exception_handler(UnavailableError, unavailable)
    app.add_exception_handler(RefusedError, unavailable)


def _unknown_attempt(request: Request, sign_on: SignOn, answer: Answer) -> Response:
    """Answer a state that is not this browser's, used or old: never believed; signed in already, or one more try."""
    log.warning("sign_in.unknown_state", is_second_try=answer.state.startswith(AGAIN))
    if request.state.principal:
        return RedirectResponse(landing(request.state.principal, ""), status_code=303)
    if answer.state.startswith(AGAIN):
        return refused(request, "state")
    with database.transaction(request.app.state.engine) as session:
        return leave(request, session, sign_on, back="", prefix=AGAIN)


def _finish(request: Request, sign_on: SignOn, attempt: LoginAttempt, answer: Answer) -> Response:
    """Judge the answer to an attempt of this browser; then the new session replaces the one it had."""
    demand(answer.iss == request.app.state.settings.issuer, "callback_iss")
    purpose = attempt.purpose
    if answer.error:
        return _without_code(request, sign_on, attempt, answer)
    identity = sign_on.identify(code=answer.code, verifier=attempt.verifier, nonce=attempt.nonce)
    if purpose is not LoginPurpose.SIGN_IN and identity.subject != attempt.subject:
        return STRANGERS[purpose](request, attempt)
    if purpose is LoginPurpose.RENEW and not is_fresh(identity, attempt):
        return keep(request, attempt)
    presented = _replace(request, identity)
    path = landing(identity.principal, attempt.return_path)
    text, kind = _change_message(answer) if purpose is LoginPurpose.CHANGE_PASSWORD else ("", "success")
    response = redirect(request, path, gettext(text) if text else "", kind)
    set_cookie(request, response, SESSION, presented)
    return response


def _replace(request: Request, identity: Identity) -> str:
    """Open the new session and end the one this browser had, whosever it was; give the new id."""
    with database.transaction(request.app.state.engine) as session:
        end_signed_in(session, read_cookie(request, SESSION))
        presented = open_signed_in(session, identity)
        note_signed_in(session, identity.subject)
    log.info("sign_in.done", subject=identity.subject)
    return presented


def _change_message(answer: Answer) -> tuple[str, str]:
    """Say what Keycloak claims to have happened: good for a message, for nothing else."""
    return (PASSWORD_CHANGED, "success") if answer.kc_action_status == "success" else (PASSWORD_KEPT, "info")


def _without_code(request: Request, sign_on: SignOn, attempt: LoginAttempt, answer: Answer) -> Response:
    """Answer an error of Keycloak's: a page that ran out starts again, what was refused there changed nothing here."""
    log.info("sign_in.error", error=answer.error[:40] if answer.error.isidentifier() else "odd")
    if attempt.purpose is LoginPurpose.CHANGE_PASSWORD and request.state.principal:
        return redirect(request, landing(request.state.principal, ""), gettext(PASSWORD_KEPT), "info")
    if attempt.purpose is LoginPurpose.RENEW and request.state.principal:
        return keep(request, attempt)
    if answer.error == "temporarily_unavailable" and answer.error_description == "authentication_expired":
        with database.transaction(request.app.state.engine) as session:
            return leave(request, session, sign_on, back="", prefix=AGAIN)
    return refused(request, "keycloak_error")


def _somebody_else(request: Request, _attempt: LoginAttempt) -> Response:
    """Answer when another person came back from a change of password: nobody stays signed in here."""
    with database.transaction(request.app.state.engine) as session:
        end_signed_in(session, read_cookie(request, SESSION))
    request.state.principal = None
    response = refused(request, "subject")
    drop_cookie(request, response, SESSION)
    return response


STRANGERS: Mapping[LoginPurpose, Callable[[Request, LoginAttempt], Response]] = {
    LoginPurpose.CHANGE_PASSWORD: _somebody_else,
    LoginPurpose.RENEW: keep_from_other,
}
