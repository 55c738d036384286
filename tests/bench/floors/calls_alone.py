"""The floor of P12: the three calls of an account over our own lanes, and nothing written down.

The ideal counts Keycloak's delay alone; this is what the same computer can do of it when it sends and reads.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from pydantic import SecretStr

from service.accounts.port import NewPerson
from service.adapters.keycloak import KeycloakProvider
from service.local.settings import CHECKOUT
from tests.fakes import OBSERVER, PROVISIONER, REALM, SECRETS

WARM_UP = 20


def provision(url: str, people: int, layout: Sequence[int]) -> float:
    """Have a process for each of these numbers of lanes make its share of the people; gives the seconds."""
    shares = [people * lanes // sum(layout) for lanes in layout]
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.floors.calls_alone", url, str(share), str(lanes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT,
        )
        for share, lanes in zip(shares, layout, strict=True)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for child in children:  # all at once: `communicate` would wait for the one before it tells the next
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    assert [child.wait() for child in children] == [0] * len(children)
    seconds = time.perf_counter() - begun
    for child in children:
        child.communicate()
    return seconds


def main(url: str, people: int, lanes: int) -> None:
    """Make a few, wait for the word, make the rest."""
    provider = KeycloakProvider(
        server_url=url, realm=REALM, provisioner_secret=SecretStr(SECRETS[PROVISIONER]),
        observer_secret=SecretStr(SECRETS[OBSERVER]), portal_url="http://localhost", timeout_seconds=10,
        mail_timeout_seconds=10, lanes=lanes,
    )  # fmt: skip

    def one(_n: int) -> None:
        name = f"floor-{uuid4().hex[:12]}"
        subject = provider.create_person(NewPerson(name, name, f"{name}@example.com", "Ada", "Neri", "it", ("F1",)))
        assert provider.find_member(subject) is not None
        provider.send_access_mail(subject, hours=72)

    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(one, range(WARM_UP)))
        print("ready", flush=True)
        sys.stdin.readline()
        list(pool.map(one, range(people)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
