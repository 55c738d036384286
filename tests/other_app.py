"""Another ICRI application, as small as can be: signs people in as `icri-other-app` and hears of logouts.

    OTHER_APP_ISSUER=http://localhost:8080/realms/icri OTHER_APP_SECRET=… python -m tests.other_app --port 8090

`/` says who is signed in, or leads to Keycloak; `/esci` signs out everywhere. It judges tokens with the portal's own
strict functions, and keeps its sessions in memory. For tests only.
"""

import argparse
import html
import os
import secrets
import time
from urllib.parse import urlencode

import httpx2
import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from service.access.sessions import Identity
from service.web.tokens import Expected, RefusedError, verify_id_token, verify_logout_token

CLIENT_ID = "icri-other-app"
COOKIE = "altra_applicazione"


class OtherApp:
    """The four pages and what they remember."""

    def __init__(self, *, issuer: str, secret: str, base: str) -> None:
        self.issuer, self.secret, self.base = issuer, secret, base
        self.attempts: dict[str, tuple[str, str]] = {}
        self.people: dict[str, Identity] = {}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/auth/callback", self.callback),
                Route("/auth/backchannel-logout", self.backchannel_logout, methods=["POST"]),
                Route("/esci", self.sign_out),
            ]
        )

    def home(self, request: Request) -> Response:
        """Who is signed in; with `?accedi` lead to Keycloak, where a single sign-on needs no password."""
        person = self.people.get(request.cookies.get(COOKIE, ""))
        if person:
            roles = " ".join(sorted(person.roles))
            said = f"<p id=chi>{html.escape(person.username)}</p><p id=ruoli>{roles}</p><a href=/esci>Esci</a>"
        elif "accedi" in request.query_params:
            return self._leave()
        else:
            said = "<p id=chi>nessuno</p><a href='/?accedi'>Accedi</a>"
        return HTMLResponse(
            f"<!doctype html><html lang=it><title>Altra applicazione</title><h1>Altra applicazione</h1>{said}"
        )

    def callback(self, request: Request) -> Response:
        """Take back whoever comes from Keycloak."""
        verifier, nonce = self.attempts.pop(request.query_params.get("state", ""), ("", ""))
        if not verifier or request.query_params.get("iss") != self.issuer:
            return Response("rifiutato", 400)
        answer = httpx2.post(
            f"{self.issuer}/protocol/openid-connect/token",
            data={
                "grant_type": "authorization_code",
                "code": request.query_params.get("code", ""),
                "code_verifier": verifier,
                "redirect_uri": f"{self.base}/auth/callback",
                "client_id": CLIENT_ID,
                "client_secret": self.secret,
            },
        ).json()
        identity = verify_id_token(
            answer["id_token"], self._expected(), self._key, nonce=nonce, access_token=answer["access_token"]
        )
        presented = secrets.token_urlsafe(32)
        self.people[presented] = identity
        response = RedirectResponse("/", 303)
        response.set_cookie(COOKIE, presented, httponly=True, samesite="lax")
        return response

    async def backchannel_logout(self, request: Request) -> Response:
        """End the session that Keycloak ended."""
        try:
            notice = verify_logout_token(str((await request.form()).get("logout_token")), self._expected(), self._key)
        except RefusedError as error:
            return Response(error.reason, 400)
        self.people = {presented: person for presented, person in self.people.items() if person.sid != notice.sid}
        return Response()

    def sign_out(self, request: Request) -> Response:
        """End the session here and at Keycloak."""
        person = self.people.pop(request.cookies.get(COOKIE, ""), None)
        query = {"client_id": CLIENT_ID, "post_logout_redirect_uri": f"{self.base}/"}
        if person:
            query["id_token_hint"] = person.id_token
        return RedirectResponse(f"{self.issuer}/protocol/openid-connect/logout?{urlencode(query)}", 303)

    def _leave(self) -> Response:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self.attempts[state] = (verifier, nonce)
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": f"{self.base}/auth/callback",
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "ui_locales": "it",
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return RedirectResponse(f"{self.issuer}/protocol/openid-connect/auth?{urlencode(query)}", 303)

    def _expected(self) -> Expected:
        return Expected(self.issuer, CLIENT_ID, time.time())

    def _key(self, kid: str) -> RSAKey:
        for entry in httpx2.get(f"{self.issuer}/protocol/openid-connect/certs").json()["keys"]:
            if entry["kid"] == kid:
                return RSAKey.import_key(entry)
        raise RefusedError("kid_unknown")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--base", help="the address browsers use; default http://localhost:<port>")
    given = parser.parse_args()
    other = OtherApp(
        issuer=os.environ["OTHER_APP_ISSUER"],
        secret=os.environ["OTHER_APP_SECRET"],
        base=given.base or f"http://localhost:{given.port}",
    )
    uvicorn.run(other.application(), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
