"""The order in which the doctor looks, and what it says at the end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from service.config import Settings
from service.doctor import around
from service.doctor.findings import Check, Finding, Verdict, bad, good, run, unknown
from service.doctor.keycloak import Keycloak
from service.documents.port import FileStore
from service.mail.port import BounceBox, Mailer

ADMINISTRATOR = "KEYCLOAK_ADMIN_URL, KC_BOOTSTRAP_ADMIN_USERNAME e KC_BOOTSTRAP_ADMIN_PASSWORD"


@dataclass(frozen=True, slots=True)
class Patient:
    """The installation; `head` is the migration the code wants.

    `compare_realm` gives what differs between the realm and our file, None when no administrator was named.
    """

    settings: Settings
    engine: Engine
    mailer: Mailer
    files: FileStore
    bounces: BounceBox | None
    head: str
    compare_realm: Callable[[], Sequence[str]] | None = None


def examine(patient: Patient, *, mail_to: str = "") -> Iterator[Finding]:
    """Run every check, whatever the others found. It leaves nothing behind: one test person, one test file, erased."""
    keycloak, settings = Keycloak(patient.settings, mail_to), patient.settings
    checks: list[tuple[str, Check]] = [
        ("impostazioni", lambda: around.check_settings(settings)),
        ("banca dati", lambda: around.check_database(patient.engine, patient.head)),
        ("orologio della banca dati", lambda: around.check_clock(patient.engine)),
        ("due ruoli", lambda: around.check_roles(settings)),
        ("archivio dei documenti", lambda: around.check_files(patient.files)),
        ("server di posta", lambda: around.check_mail(patient.mailer, settings, mail_to)),
        ("casella dei messaggi respinti", lambda: around.check_bounces(patient.bounces)),
    ]
    of_keycloak: list[tuple[str, Check]] = [
        ("segreti dei client", keycloak.check_secrets),
        ("versione di Keycloak", keycloak.check_version),
        ("tema delle pagine di accesso", keycloak.check_theme),
        ("realm", keycloak.check_realm),
        ("diritti dei client", keycloak.check_privileges),
        ("realm e file", lambda: _compare(patient)),
        ("orologio di Keycloak", keycloak.check_clock),
    ]
    try:
        yield from run(checks)
        found = list(run([("Keycloak", keycloak.check_reachable)]))
        yield from found
        if any(one.name == "Keycloak" and one.verdict == Verdict.BAD for one in found):
            yield unknown("realm, client, tema, orologio di Keycloak", "prima deve rispondere Keycloak")
        else:
            yield from run(of_keycloak)
    finally:
        keycloak.close()


def report(findings: Iterator[Finding], say: Callable[[str], object]) -> bool:
    """Say each line as it is found, and whether all is well."""
    number = 0
    for one in findings:
        say(str(one))
        number += one.verdict == Verdict.BAD
    say("Tutto a posto." if not number else f"Da sistemare: {number}.")
    return not number


def _compare(patient: Patient) -> Iterator[Finding]:
    if patient.compare_realm is None:
        yield unknown("realm e file", f"con {ADMINISTRATOR} si confronta tutto il realm con keycloak/realm-export.json")
        return
    differences = patient.compare_realm()
    yield from (bad("realm e file", f"{one}: proactive realm apply") for one in differences)
    if not differences:
        yield good("realm e file", "il realm è come il file lo vuole")
