"""What the review desk adds to the world: an application under every eye, likenesses, proposals, outcomes in part."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.parking import ParkedForm, park
from service.access.principal import Area, Principal, Role
from service.applications import actions
from service.applications.actions.proposing import propose
from service.applications.actions.reopening import copy_as_new
from service.applications.actions.terms import Refusal, Refused, Terms
from service.applications.desk import actions as desk
from service.applications.desk.states import CheckKind, CheckResult, SectionVerdictKind
from service.applications.models import Application, Snapshot
from service.applications.radar.models import Resemblance
from service.applications.radar.scanning import scan_application
from service.applications.radar.states import Mark
from service.applications.states import State
from service.clock import local_date, utc_now
from service.exclusions.actions import add_exclusion
from service.suppliers import governing
from service.suppliers.governing import Why
from service.suppliers.models import Supplier
from tests.factories.applications import make_approved, make_under_review

if TYPE_CHECKING:
    from tests.support.world import World

ANNA = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
MARCO = Principal("marco", "Marco Riva", frozenset({Role.APPROVER}))
FIRST = 360  # far from the other companies of the world
MISSING = "Manca la polizza contro gli eventi catastrofali: va stipulata e caricata prima del primo ordine."


def add_desk(session: Session, world: "World") -> None:
    """Do with the companies of the world what an office does in a week."""
    _examined(session, world)
    _decided(session, world)
    _proposed(session, world)
    _alike(session, world)
    _excluded(session, world)


def _examined(session: Session, world: "World") -> None:
    taken = _application(session, world, "taken")
    opinion = desk.ask_opinion(session, taken.id, area=Area.HSE, by=ANNA,
                               question="Il DVR copre i lavori in quota?")  # fmt: skip
    session.flush()
    desk.record_check(session, taken.id, kind=CheckKind.BUSINESS_REGISTER, result=CheckResult.NEGATIVE, by=ANNA,
                      checked_on=local_date(), note="Il potere di firma è congiunto.")  # fmt: skip
    desk.judge_section(session, taken.id, "anagrafica", verdict=SectionVerdictKind.DOUBTFUL, by=ANNA,
                       note="La PEC non risulta in INI-PEC.")  # fmt: skip
    desk.write_note(session, taken.id, text="Ha lavorato con noi a Piacenza nel 2023.", by=ANNA)
    world.paths["opinion"] = f"{world.paths['taken']}/pareri/{opinion.id}"
    fields = {"version": ["1"], "note": ["Sentito il referente."]}
    parked = park(session, subject="marco", path=f"{world.paths['ready']}/decisione?esito=accetta", fields=fields)
    # kept for ten minutes, and whoever walks through all pages may take longer
    session.execute(update(ParkedForm).values(parked_at=utc_now() + timedelta(days=1)))
    number = world.paths["ready"].rpartition("/")[2]
    world.paths["ready-in-queue"] = f"/gestione/richieste?q={number}"
    world.paths["parked"] = f"/gestione/ripresa/{parked}"


def _decided(session: Session, world: "World") -> None:
    """Make one accepted in part and with reserve, one refused and started again by us, one revoked."""
    part = make_under_review(session, world.settings, n=FIRST)
    first = part.categories[0].leaf
    terms = Terms((Refused(first, "R03", "Per questa categoria servono mezzi propri."),), MISSING,
                  local_date() + timedelta(days=60))  # fmt: skip
    supplier = actions.approve(session, part.id, version=part.version, by=MARCO, settings=world.settings, terms=terms)
    world.paths["in-part"] = f"/gestione/richieste/{part.number}"
    world.paths["supplier-reserved"] = f"/gestione/fornitori/{supplier.number}"
    again = make_under_review(session, world.settings, n=FIRST + 1)
    actions.reject(session, again.id, version=again.version, by=MARCO, settings=world.settings, reason_code="R03",
                   reason_text="Non risultano attrezzature.")  # fmt: skip
    copy_as_new(session, again.id, by=MARCO, settings=world.settings)
    world.paths["copied-as-new"] = f"/gestione/richieste/{again.number}"
    rejected = _application(session, world, "rejected")
    snapshot = session.scalars(
        select(Snapshot).where(Snapshot.application_id == rejected.id).order_by(Snapshot.id.desc())
    ).first()
    assert snapshot is not None
    world.paths["snapshot"] = f"{world.paths['rejected']}/istantanee/{snapshot.id}"
    gone = make_approved(session, world.settings, n=FIRST + 2)
    revoked = session.get_one(Supplier, gone.supplier_id)
    governing.revoke(session, revoked.id, version=revoked.version, by=MARCO, settings=world.settings,
                     why=Why("R13", "Il cantiere di Lodi è stato abbandonato."))  # fmt: skip
    world.paths["supplier-revoked"] = f"/gestione/fornitori/{revoked.number}"


def _proposed(session: Session, world: "World") -> None:
    busy = {world.paths[name].rpartition("/")[2] for name in ("taken", "ready")}
    found = session.scalars(
        select(Application)
        .where(Application.state == State.UNDER_REVIEW, Application.number.not_in(busy))
        .order_by(Application.sequence)
    ).first()
    assert found is not None
    propose(session, found.id, version=found.version, by=ANNA, settings=world.settings, outcome="reject",
            decision=Refusal("R03").plain(), note="Mancano le attrezzature.")  # fmt: skip
    world.paths["proposed"] = f"/gestione/richieste/{found.number}"


def _alike(session: Session, world: "World") -> None:
    """Compare them all; leave a likeness as it was found, say of another what it is."""
    for application in session.scalars(select(Application).where(Application.number.is_not(None))):
        scan_application(session, application.id)
    session.flush()
    query = select(Resemblance).where(Resemblance.other_application_id.is_not(None)).order_by(Resemblance.id)
    pairs = session.scalars(query.limit(2)).all()
    for name, pair in zip(("alike", "alike-marked"), pairs, strict=True):
        one = session.get_one(Application, pair.application_id)
        other = session.get_one(Application, pair.other_application_id)
        world.paths[name] = f"/gestione/richieste/{one.number}/simili/{other.number}"
        world.paths[f"one-{name}"] = f"/gestione/richieste/{one.number}"
    marked = pairs[1]
    marked.mark, marked.note = Mark.SAME_GROUP, "Stessa capogruppo: lo dice la visura."
    marked.marked_at, marked.marked_by_subject, marked.marked_by_name = utc_now(), ANNA.subject, ANNA.name


def _excluded(session: Session, world: "World") -> None:
    for country, number, name, reason, days in (
        ("IT", "12345670785", "Costruzioni Perdute S.r.l.", "Cantiere di Lodi abbandonato nel 2024.", 20),
        ("DE", "DE136695976", "Verlorene Bau GmbH", "Garanzie ritirate in corso d’opera.", 400),
    ):
        made = add_exclusion(session, country=country, number=number, name=name, by=MARCO, reason=reason,
                             review_on=local_date() + timedelta(days=days), settings=world.settings)  # fmt: skip
        session.flush()
        world.paths["exclusion"] = f"/gestione/esclusi/{made.id}"


def _application(session: Session, world: "World", name: str) -> Application:
    number = world.paths[name].rpartition("/")[2]
    return session.scalars(select(Application).where(Application.number == number)).one()
