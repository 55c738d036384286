"""What tests of the staff's corrections share: an application asked about, answered, and the card that tells it."""

import re
from html import unescape
from typing import Any

from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import Application
from tests.factories.corrections import DURC, STREET, give_again, parsed
from tests.support.staff_portal import MARCO, Portal

STREET_KEY, VAT_KEY = "dato.sede.hq_street", "dato.anagrafica.vat_number"
CONTACTS_KEY, DURC_KEY = "sezione.referenti", "documento.durc"
Form = dict[str, Any]


def at(number: str, rest: str = "") -> str:
    return f"/gestione/richieste/{number}" + (f"/{rest}" if rest else "")


def filled(portal: Portal, number: str, **reasons: tuple[str, str]) -> Form:
    """What the last two steps post: ticks with code and sentence; `__` stands for a dot."""
    keys = {name.replace("__", "."): reason for name, reason in reasons.items()}
    form: Form = {"version": str(portal.version(number)), "voce": [*keys]}
    for key, (code, note) in keys.items():
        form |= {f"codice.{key}": code, f"nota.{key}": note}
    return form


def asked(portal: Portal, *wanted: actions.Wanted, n: int = 1) -> str:
    """An application of which Marco has asked corrections."""
    number = portal.reviewed(n)
    version, id_ = portal.version(number), portal.id_of(number)
    portal.run(lambda s: actions.request_information(s, id_, version=version, by=MARCO, settings=portal.settings,
                                                     wanted=wanted or (STREET, DURC)))  # fmt: skip
    return number


def answered(portal: Portal, number: str, street: str = "Via Milano") -> None:
    """Let the applicant correct the street and give the DURC again, and send it."""

    def work(session: Session) -> None:
        application = session.get_one(Application, portal.id_of(number))
        actions.save_correction(session, application.id, "sede", parsed(hq_street=street), settings=portal.settings)
        give_again(session, application, "durc")
        actions.resubmit(session, application.id, settings=portal.settings)

    portal.run(work)


def round_card(html: str) -> str:
    found = re.search(r'<section class="card[^>]*aria-labelledby="integrazioni">.*?</section>', html, re.DOTALL)
    assert found
    return unescape(found[0])
