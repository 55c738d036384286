"""Who sends learns nothing (G13): what the radar and the excluded list know changes no statement and no byte."""

import re
from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.actions import Wanted
from service.applications.models import Application
from service.applications.radar.models import Resemblance
from service.applications.radar.scanning import SCAN, scan_application
from service.applications.states import Hold, ItemKind
from service.config import Settings
from service.database import transaction
from service.exclusions.actions import add_exclusion
from service.exclusions.models import Exclusion
from service.jobs.models import Job
from service.local.examples import eleven_digits
from tests.factories.applications import MARCO, make_draft, make_submitted
from tests.factories.corrections import make_asked, parsed
from tests.integration.test_exclusions import later
from tests.integration.test_neutral import statements
from tests.support.registering import TASKS, begin, bring_documents, browser, confirm, fill
from tests.support.web import timeless

# how many rows, parameters and columns is the application's own affair
OWN = r"SELECT p0::.*| SET .* WHERE|VALUES \(.*|IN \((?:%\(\w+\)s(?:::\w+)?,? ?)+\)"
PHONE = "+390371999999"


def exclude(session: Session, settings: Settings, number: str) -> Exclusion:
    return add_exclusion(session, country="IT", number=number, name="Ferri", reason="Sentenza del tribunale",
                         review_on=later(), by=MARCO, settings=settings)  # fmt: skip


def heard(engine: Engine, act: Callable[[Session], object]) -> list[str]:
    """Give what an act asks of the database, commit included."""
    with statements(engine) as found, transaction(engine) as session:
        act(session)
    return [re.sub(OWN, "…", one, flags=re.DOTALL) for one in found]


def known(engine: Engine, settings: Settings) -> Application:
    """Have a company with that telephone and P.IVA, found by the worker already."""
    with transaction(engine) as session:
        first = make_submitted(session, settings, n=40)
        give(first, PHONE)
        session.flush()
        scan_application(session, first.id)
        return first


def give(application: Application, phone: str) -> None:
    answers = application.content.answers
    application.content.answers = {**answers, "sede": {**answers["sede"], "phone": phone}}


def scans(engine: Engine) -> int:
    with Session(engine) as session:
        return len(session.scalars(select(Job.id).where(Job.kind == SCAN)).all())


def test_g13_sending_costs_the_same_whoever_it_looks_like_and_whoever_is_excluded(
    own_engine: Engine, settings: Settings
) -> None:
    first, before = known(own_engine, settings), scans(own_engine)
    with transaction(own_engine) as session:
        exclude(session, settings, eleven_digits(3))
        drafts = [make_draft(session, settings, n=n) for n in (1, 2, 3)]
        give(drafts[1], PHONE)
        drafts[1].vat_number = first.vat_number
        ids = [one.id for one in drafts]
    found = [heard(own_engine, partial(actions.submit, application_id=one, settings=settings)) for one in ids]
    assert found[0] == found[1] == found[2]
    with Session(own_engine) as session:
        assert [session.get_one(Application, one).hold for one in ids] == [None, None, Hold.REVOKED_OR_EXCLUDED]
        assert session.scalars(select(Resemblance)).all() == []
    assert scans(own_engine) == before + len(ids)  # each asked for a scan, nobody waited for it


def test_g13_sending_corrections_costs_the_same(own_engine: Engine, settings: Settings) -> None:
    known(own_engine, settings)
    wanted = (
        Wanted(ItemKind.FIELD, "D06", "Il telefono è un altro.", section="sede", field="phone"),
        Wanted(ItemKind.FIELD, "D06", "Il codice è un altro.", section="anagrafica", field="tax_code"),
    )
    before, found, holds = scans(own_engine), [], []
    for n, phone, number in ((1, "+390371111111", 51), (2, PHONE, 52)):
        with transaction(own_engine) as session:
            asked = make_asked(session, settings, *wanted, n=n).id
            if phone == PHONE:
                exclude(session, settings, eleven_digits(number))
            for section, values in (("sede", {"phone": phone}), ("anagrafica", {"tax_code": eleven_digits(number)})):
                actions.save_correction(session, asked, section, parsed(**values), settings=settings)
        before = scans(own_engine)
        found.append(heard(own_engine, partial(actions.resubmit, application_id=asked, settings=settings)))
        assert scans(own_engine) == before + 1
        with Session(own_engine) as session:
            holds.append(session.get_one(Application, asked).hold)
    assert found[0] == found[1]
    assert holds == [None, Hold.REVOKED_OR_EXCLUDED]


def test_g13_pages_after_sending_are_the_same_byte_for_byte(own_engine: Engine, settings: Settings) -> None:
    first = known(own_engine, settings)
    with transaction(own_engine) as session:
        exclude(session, settings, eleven_digits(11))
    shown = []
    for n in (1, 11):  # addresses that look the same when they are masked
        with browser(settings.model_copy(update={"form_seconds": 0})) as client:
            begin(client, "SC", n)
            fill(client, "SC", n)
            confirm(client, own_engine, settings)
            bring_documents(own_engine)
            sent = client.post(f"{TASKS}/riepilogo")
            with transaction(own_engine) as session:
                application = session.scalars(select(Application).order_by(Application.created_at.desc())).first()
                assert application is not None
                give(application, PHONE)
                own, number = application.id, application.number or ""
            client.get("/registrazione/inviata")  # with what is said once
            page = timeless(client.get("/registrazione/inviata").text)
            with transaction(own_engine) as session:
                scan_application(session, own)
            assert timeless(client.get("/registrazione/inviata").text) == page  # found, and nothing shows
            text = page.replace(number, "P-…").replace(application.contact_email, "…@…")
            shown.append((sent.status_code, sent.headers["location"], sent.content, text))
    assert shown[0] == shown[1]
    with Session(own_engine) as session:
        pairs = session.scalars(select(Resemblance).where(Resemblance.other_application_id == first.id)).all()
        assert len(pairs) == 2
        assert session.get_one(Application, own).hold == Hold.REVOKED_OR_EXCLUDED
