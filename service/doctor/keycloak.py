"""Keycloak as the portal meets it: there, of the right version, with our realm, clients, rights and theme.

Asked with the two service clients of the portal; for a moment there is one person of its own in the suppliers' group.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from service.accounts.port import SUPPLIERS_GROUP
from service.clock import utc_now
from service.config import KEYCLOAK_FLOOR, Settings
from service.doctor import privileges, trial
from service.doctor.around import compare_clock
from service.doctor.findings import Finding, bad, good, run, unknown
from service.doctor.trial import OBSERVER, PROVISIONER

WEB = "proactive-web"
ATTRIBUTES = ("proactive_account_id", "supplier_id")
# what a service account holds, and no more: realm roles, and roles of the client realm-management
HELD = {
    PROVISIONER: ({"provisioner"}, {"query-users"}),
    OBSERVER: (set[str](), {"view-users", "view-events"}),
}
ACCOUNT = {"manage-account", "manage-account-links", "view-profile"}  # what everybody has on the own account
EVERYBODYS = {"offline_access", "uma_authorization"}
FORBIDDEN = {PROVISIONER: privileges.FORBIDDEN_TO_PROVISIONER, OBSERVER: privileges.FORBIDDEN_TO_OBSERVER}
NEEDED = {PROVISIONER: privileges.NEEDED_BY_PROVISIONER, OBSERVER: privileges.NEEDED_BY_OBSERVER}
APPLY = "proactive realm apply"
_OK = 200


@dataclass
class Keycloak:
    """What is known of the server so far; a check that finds nothing to stand on says so."""

    settings: Settings
    mail_to: str = ""
    clients: dict[str, httpx2.Client] = field(default_factory=dict)
    times: tuple[datetime, datetime] | None = None  # around the making of the last client's token

    def close(self) -> None:
        """Hang up."""
        for client in self.clients.values():
            client.close()

    @property
    def _realm(self) -> str:
        return f"{self.settings.keycloak_server}/realms/{self.settings.realm}"

    def _get(self, url: str, **query: str) -> httpx2.Response:
        return httpx2.get(url, params=query, timeout=self.settings.keycloak_timeout_seconds)

    def check_reachable(self) -> Iterator[Finding]:
        """Is it there, with the realm, and does it call itself what the portal expects?"""
        name = "Keycloak"
        try:
            answer = self._get(f"{self._realm}/.well-known/openid-configuration")
        except httpx2.HTTPError:
            yield bad(name, f"non risponde a {self.settings.keycloak_server}: controllare che sia avviato, e "
                            "PROACTIVE_KEYCLOAK_URL o PROACTIVE_KEYCLOAK_INTERNAL_URL")  # fmt: skip
            return
        if answer.status_code != _OK:
            yield bad(name, f"non ha il realm {self.settings.realm} ({answer.status_code}): va importato "
                            "keycloak/realm-export.json")  # fmt: skip
            return
        yield good(name, f"risponde, con il realm {self.settings.realm}")
        issuer = answer.json().get("issuer")
        if issuer == self.settings.issuer:
            yield good("indirizzo di Keycloak", issuer)
        else:
            yield bad("indirizzo di Keycloak", f"si chiama {issuer}, il portale aspetta {self.settings.issuer}: "
                                               "KC_HOSTNAME deve essere PROACTIVE_KEYCLOAK_URL")  # fmt: skip

    def check_secrets(self) -> Iterator[Finding]:
        """Are the three clients' secrets those of the realm?"""
        for client_id in HELD:
            before = utc_now()
            answer = self._sign_in(client_id)
            if answer.status_code == _OK:
                self.times = (before, utc_now())
                yield good(f"segreto di {client_id}", "accettato")
            else:
                yield self._refused(client_id, answer)
        # a code that never was: whose secret is wrong does not even get as far as that
        answer = self._token(WEB, self.settings.web_client_secret.get_secret_value(), grant_type="authorization_code",
                             code="nessuno", redirect_uri=f"{self.settings.public_base_url}/auth/callback")  # fmt: skip
        if answer.json().get("error") == "invalid_grant":
            yield good(f"segreto di {WEB}", "accettato")
        else:
            yield self._refused(WEB, answer)

    def check_clock(self) -> Iterator[Finding]:
        """Does Keycloak's clock agree with this computer's? Its own instant stands in the token it has just made."""
        if self.times is None:
            yield unknown("orologio: Keycloak", "serve il segreto di un client")
            return
        made = datetime.fromtimestamp(_claims(list(self.clients.values())[-1])["iat"], UTC)
        yield compare_clock("Keycloak", made, *self.times)

    def check_version(self) -> Iterator[Finding]:
        """Is it one whose known holes are closed?"""
        name, floor = "versione di Keycloak", ".".join(map(str, KEYCLOAK_FLOOR))
        found = ""
        if OBSERVER in self.clients:
            answer = self.clients[OBSERVER].get(f"{self.settings.keycloak_server}/admin/serverinfo")
            found = answer.json().get("systemInfo", {}).get("version", "") if answer.status_code == _OK else ""
        if not found:
            yield unknown(name, f"la dice solo a un amministratore; serve almeno {floor}")
        elif tuple(int(part) for part in found.split(".")[:3] if part.isdecimal()) < KEYCLOAK_FLOOR:
            yield bad(name, f"{found} ha falle note: serve almeno {floor}")
        else:
            yield good(name, found)

    def check_theme(self) -> Iterator[Finding]:
        """Does the sign-in page come, in our clothes, for the address the portal returns to?"""
        answer = self._get(
            f"{self._realm}/protocol/openid-connect/auth", client_id=WEB, response_type="code", scope="openid",
            redirect_uri=f"{self.settings.public_base_url}/auth/callback", code_challenge="x" * 43,
            code_challenge_method="S256",
        )  # fmt: skip
        if answer.status_code != _OK:
            yield bad("pagina di accesso", f"rifiutata ({answer.status_code}): il client {WEB} non conosce "
                      f"{self.settings.public_base_url}; {APPLY} con ICRI_WEB_URL giusto")  # fmt: skip
        elif "/login/proactive/" in answer.text:
            yield good("tema delle pagine di accesso", "proactive")
        else:
            yield bad("tema delle pagine di accesso", "manca: montare keycloak/themes/proactive in "
                      f"/opt/keycloak/themes/proactive, poi {APPLY}")  # fmt: skip

    def check_realm(self) -> Iterator[Finding]:
        """Does the realm keep what the portal writes, and does it write events down?"""
        if OBSERVER not in self.clients:
            yield unknown("realm", f"serve il segreto di {OBSERVER}")
            return
        profile = self.clients[OBSERVER].get("/users/profile").json()
        declared = {one.get("name") for one in profile.get("attributes", ())}
        missing = [one for one in ATTRIBUTES if one not in declared]
        if missing:
            yield bad("profilo delle utenze", f"mancano gli attributi {', '.join(missing)}: {APPLY}")
        else:
            yield good("profilo delle utenze", f"ha {', '.join(ATTRIBUTES)}")
        events = self.clients[OBSERVER].get("/events/config").json()
        off = [name for name, flag in (("eventi di accesso", "eventsEnabled"), ("eventi di amministrazione",
               "adminEventsEnabled")) if not events.get(flag)]  # fmt: skip
        if off:
            yield bad("eventi di Keycloak", f"spenti: {', '.join(off)}; senza, il portale non sa se un'e-mail di "
                                            f"accesso è partita né se qualcuno è entrato: {APPLY}")  # fmt: skip
        else:
            yield good("eventi di Keycloak", "registrati")

    def check_privileges(self) -> Iterator[Finding]:
        """May each service client what it needs (G24), and nothing else?"""
        if len(self.clients) < len(HELD):
            yield unknown("diritti dei client", "servono i segreti di tutti e due")
            return
        for client_id in HELD:
            yield self._surplus(client_id)
        person = trial.make(self.clients, self.mail_to)
        try:
            found = list(run([("diritti dei client", lambda: self._rights(person))]))
        finally:
            erased = trial.erase(self.clients, person, renew=self._renew) if person else None
        yield from found
        if erased is not None:
            yield erased

    def _rights(self, person: trial.Trial | None) -> Iterator[Finding]:
        """Try them on the person, and on somebody outside the group whom nothing can happen to."""
        if person is None or not person.subject:
            yield bad("diritti dei client", f"{PROVISIONER} non può creare una persona in {SUPPLIERS_GROUP}: {APPLY}")
            return
        names = {"staff": _subject(self.clients[OBSERVER]), "supplier": person.subject}
        for client_id, client in self.clients.items():
            yield self._needed(client_id, client, names)
            yield self._forbidden(client_id, client, names)
        if person.has_address:
            yield self._access_mail(names)
        elif self.mail_to:
            yield unknown("e-mail di Keycloak", "non provata: l'indirizzo di --mail-to è già di qualcuno a Keycloak; "
                                                "indicarne uno che là non c'è")  # fmt: skip

    def _needed(self, client_id: str, client: httpx2.Client, names: dict[str, Any]) -> Finding:
        refused, count = list(privileges.wrongly_refused(client, NEEDED[client_id], names)), len(NEEDED[client_id])
        if refused:
            return bad(f"diritti di {client_id}", f"gli sono rifiutate {', '.join(refused)}: {APPLY}")
        return good(f"diritti di {client_id}", f"le {count} chiamate che gli servono riescono")

    def _forbidden(self, client_id: str, client: httpx2.Client, names: dict[str, Any]) -> Finding:
        allowed = list(privileges.wrongly_allowed(client, FORBIDDEN[client_id], names))
        count = sum(not one.is_for_tests for one in FORBIDDEN[client_id])
        if allowed:
            return bad(f"divieti di {client_id}", f"può fare di troppo: {', '.join(allowed)}; {APPLY}, e togliere al "
                                                  "suo service account i ruoli aggiunti a mano")  # fmt: skip
        return good(f"divieti di {client_id}", f"le {count} chiamate vietate sono tutte rifiutate")

    def _surplus(self, client_id: str) -> Finding:
        name, (realm, management) = f"ruoli di {client_id}", HELD[client_id]
        url = f"/users/{_subject(self.clients[client_id])}/role-mappings/realm/composite"
        answer = self.clients[OBSERVER].get(url)
        if answer.status_code != _OK:
            return unknown(name, f"{OBSERVER} non può leggerli")
        surplus = {one["name"] for one in answer.json()} - realm - EVERYBODYS - {f"default-roles-{self.settings.realm}"}
        # those of clients the observer may not read: they stand in the client's own token, if it is told there
        for client, told in _claims(self.clients[client_id]).get("resource_access", {}).items():
            allowed = management | {"query-users", "query-groups"} if client == "realm-management" else ACCOUNT
            surplus |= {f"{client}/{one}" for one in told["roles"] if one not in allowed}
        if surplus:
            return bad(name, f"di troppo: {', '.join(sorted(surplus))}; vanno tolti al service account")
        return good(name, "nessuno di troppo")

    def _access_mail(self, names: dict[str, Any]) -> Finding:
        url = f"/users/{names['supplier']}/execute-actions-email"
        answer = self.clients[PROVISIONER].put(
            url, json=["UPDATE_PASSWORD"], timeout=self.settings.mail_timeout_seconds
        )
        if answer.is_success:
            return good("e-mail di Keycloak", "una di prova è partita")
        return bad("e-mail di Keycloak", f"non parte ({answer.status_code}): controllare il server di posta del realm, "
                                         f"variabili ICRI_SMTP_…, {APPLY}")  # fmt: skip

    def _sign_in(self, client_id: str) -> httpx2.Response:
        """Get a service client a token, a new one where it has one; gives Keycloak's answer."""
        secrets = {
            PROVISIONER: self.settings.provisioner_client_secret,
            OBSERVER: self.settings.observer_client_secret,
        }
        secret = secrets[client_id].get_secret_value()
        answer = self._token(client_id, secret, grant_type="client_credentials")
        if answer.status_code == _OK:
            if client_id in self.clients:
                self.clients[client_id].close()
            self.clients[client_id] = self._client(answer.json()["access_token"])
        return answer

    def _renew(self) -> None:
        for client_id in HELD:
            self._sign_in(client_id)

    def _token(self, client_id: str, secret: str, **form: str) -> httpx2.Response:
        body = {"client_id": client_id, "client_secret": secret, **form}
        url, seconds = f"{self._realm}/protocol/openid-connect/token", self.settings.keycloak_timeout_seconds
        return httpx2.post(url, data=body, timeout=seconds)

    def _client(self, token: str) -> httpx2.Client:
        base = f"{self.settings.keycloak_server}/admin/realms/{self.settings.realm}"
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=base, headers=bearer, timeout=self.settings.keycloak_timeout_seconds)

    def _refused(self, client_id: str, answer: httpx2.Response) -> Finding:
        variable = f"PROACTIVE_{client_id.removeprefix('proactive-').upper()}_CLIENT_SECRET"
        return bad(f"segreto di {client_id}", f"rifiutato ({answer.status_code}): {variable} deve essere quello del "
                   f"client nel realm; dopo averlo cambiato, {APPLY}")  # fmt: skip


def _claims(client: httpx2.Client) -> dict[str, Any]:
    """Read a token that Keycloak has just made for us; it judges it, not we."""
    body = client.headers["Authorization"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _subject(client: httpx2.Client) -> str:
    return str(_claims(client)["sub"])
