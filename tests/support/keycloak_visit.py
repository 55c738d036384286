"""A person at Keycloak's own pages without a browser: opens the access mail's link, sets a password, signs in."""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2

CHALLENGE = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
REDIRECTS = range(300, 400)


@dataclass
class Visit:
    """One browser; its cookies go back whatever their flags: they are `Secure`, and this is plain HTTP."""

    portal_url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, verb: str, url: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Follow redirects as long as they stay at Keycloak; give the last address and page."""
        while not url.startswith(self.portal_url):
            header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            answer = httpx2.request(verb, url, data=form, headers={"Cookie": header}, follow_redirects=False)
            for line in answer.headers.get_list("set-cookie"):
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
            if answer.status_code not in REDIRECTS:
                return url, answer.text
            verb, form, url = "GET", None, urljoin(url, answer.headers["location"])
        return url, ""

    def send(self, page: tuple[str, str], form: dict[str, str]) -> tuple[str, str]:
        """Fill in the form of a page."""
        found = re.search(r'<form[^>]*action="([^"]+)"', page[1])
        assert found, page[1][:2000]
        return self.ask("POST", urljoin(page[0], html.unescape(found[1])), form)


def open_link(link: str, portal_url: str) -> tuple[Visit, tuple[str, str]]:
    """Open the link of an access mail, up to the form for the password."""
    visit = Visit(portal_url)
    address, page = visit.ask("GET", link)
    onward = re.search(r'href="([^"]*action-token[^"]*)"', page)
    assert onward, page[:2000]
    return visit, visit.ask("GET", urljoin(address, html.unescape(onward[1])))


def set_password(visit: Visit, page: tuple[str, str], password: str) -> None:
    """Choose a password on that form."""
    visit.send(page, {"password-new": password, "password-confirm": password})


def sign_in(issuer: str, portal_url: str, username: str, password: str) -> None:
    """Sign in to the portal, up to the way back to it."""
    visit = Visit(portal_url)
    query = f"client_id=proactive-web&response_type=code&scope=openid&redirect_uri={portal_url}/auth/callback"
    page = visit.ask("GET", f"{issuer}/protocol/openid-connect/auth?{query}&{CHALLENGE}")
    address, _page = visit.send(page, {"username": username, "password": password})
    assert "code=" in address, address
