"""The adapters of the commands, put together: each needs some of them. Those of the web server are in `main`."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from service.config import Settings

if TYPE_CHECKING:
    from service.doctor.command import Patient
    from service.local.settings import LocalSettings
    from service.local.stack import Stack
    from service.worker.loop import Worker


def make_stack(local: "LocalSettings", further: Mapping[str, str], *, is_snapshot: bool = False) -> "Stack":
    """Give the local stack with all its parts wired."""
    from service.local.stack import Stack  # noqa: PLC0415 - every command pays only for what it needs
    from service.migrations.upgrading import upgrade  # noqa: PLC0415

    return Stack(local, migrate=upgrade, apply_realm=apply_local_realm, further=further, is_snapshot=is_snapshot)


def apply_local_realm(local: "LocalSettings") -> None:
    """Bring the local realm up to date, and the demonstration's people into it."""
    from service.adapters import realm  # noqa: PLC0415
    from service.adapters.realm_api import ADMINISTRATOR  # noqa: PLC0415
    from service.local.settings import STAFF  # noqa: PLC0415

    environment = local.realm_environment()
    door = (local.keycloak_url, environment[ADMINISTRATOR[0]], environment[ADMINISTRATOR[1]])
    realm.apply(*door, environment)
    for person in STAFF:
        realm.ensure_person(
            *door,
            username=person.username,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            password=local.password_of(person),
            roles=[person.role],
        )


def make_worker(settings: Settings) -> "Worker":
    """Give a worker with the real Keycloak, mail server, place for files and antivirus."""
    from service.adapters.antivirus import make_scanner  # noqa: PLC0415
    from service.adapters.files import make_store  # noqa: PLC0415
    from service.adapters.imap import make_bounce_box  # noqa: PLC0415
    from service.adapters.keycloak import KeycloakProvider  # noqa: PLC0415
    from service.adapters.smtp import SmtpMailer  # noqa: PLC0415
    from service.database import make_engine  # noqa: PLC0415
    from service.worker.loop import Worker  # noqa: PLC0415
    from service.worker.reconciling import AT_ONCE  # noqa: PLC0415

    provider = KeycloakProvider(
        server_url=settings.keycloak_server,
        realm=settings.realm,
        provisioner_secret=settings.provisioner_client_secret,
        observer_secret=settings.observer_client_secret,
        portal_url=settings.public_base_url,
        timeout_seconds=settings.keycloak_timeout_seconds,
        mail_timeout_seconds=settings.mail_timeout_seconds,
        lanes=settings.worker_threads + AT_ONCE - 1,  # a look at everybody takes these besides, and nobody waits for it
    )
    engine = make_engine(
        settings.database_url.get_secret_value(),
        pool_size=max(settings.database_pool_size, settings.worker_threads + 1),  # a thread keeps the schedule
        statement_timeout_ms=30_000,
        application="worker",
    )
    return Worker(
        settings=settings,
        engine=engine,
        provider=provider,
        mailer=SmtpMailer(settings),
        files=make_store(settings),
        scanner=make_scanner(settings),
        bounces=make_bounce_box(settings),
    )


def make_patient(settings: Settings) -> "Patient":
    """Give what the doctor looks at; the realm is compared when the environment names its administrator."""
    from service.adapters import realm  # noqa: PLC0415
    from service.doctor.command import Patient  # noqa: PLC0415
    from service.migrations.upgrading import newest  # noqa: PLC0415

    hands = make_worker(settings)
    compare = realm.comparison(os.environ)
    return Patient(settings, hands.engine, hands.mailer, hands.files, hands.bounces, newest(), compare)
