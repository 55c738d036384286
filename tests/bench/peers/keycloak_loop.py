"""The peer of P12: python-keycloak as its own page shows it, one person after the other, without any database."""

import time
from uuid import uuid4

from keycloak import KeycloakAdmin
from tests.fakes import GROUP, PROVISIONER, REALM, SECRETS


def provision(url: str, people: int) -> float:
    """Create so many and have their access mails sent; gives the seconds."""
    admin = KeycloakAdmin(
        server_url=url, realm_name=REALM, client_id=PROVISIONER, client_secret_key=SECRETS[PROVISIONER]
    )
    begun = time.perf_counter()
    for _ in range(people):
        name = f"peer-{uuid4().hex[:12]}"
        body = {"username": name, "email": f"{name}@example.com", "enabled": True, "groups": [GROUP]}
        subject = admin.create_user(body, exist_ok=False)
        admin.send_update_account(user_id=subject, payload=["UPDATE_PASSWORD"], client_id="proactive-web")
    return time.perf_counter() - begun
