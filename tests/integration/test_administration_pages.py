"""Impostazioni as an admin and an auditor see it: cards, lists, one form for all, versions, back to the default."""

import re
from html import unescape

import pytest
from httpx2 import Response
from sqlalchemy import select

from service.administration.kinds import KINDS
from service.administration.models import Edition
from service.administration.states import EditionKind
from tests.support.administration import WHY, _defaults_again, change
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, SPECIALIST, SUPPLIER, Portal, staff_portal
from tests.test_routes import dependencies, routes

__all__ = ["_defaults_again", "staff_portal"]
HERE = "/gestione/impostazioni"
REASON = f"{HERE}/motivi/R03"
WORDS = {
    "text_it": "Mancano i mezzi", "text_en": "The means are missing", "staff_label": "", "uses": ["reject", "category"],
    "is_active": "on", "why": WHY,
}  # fmt: skip
# what needs nothing that is edited, or begins its transaction in the middle
WITHOUT = re.compile(
    r"/(recupera-password|auth/callback|esci|static/.*|favicon.ico|health/.*)|.*/documenti/\{type_\}.*"
)


def editions(portal: Portal) -> list[Edition]:
    return portal.rows(select(Edition).order_by(Edition.id))


def text_of(answer: Response) -> str:
    return unescape(answer.text)


def test_pages_are_read_by_admin_and_auditor_and_edited_by_the_admin_alone(staff_portal: Portal) -> None:
    slugs = [one.slug for one in KINDS.values()]
    first = {one.slug: [*one.keys()][0] for one in KINDS.values()}  # noqa: RUF015
    for person, status in ((ADMIN, 200), (AUDITOR, 200), (ANNA, 403), (MARCO, 403), (SPECIALIST, 403), (SUPPLIER, 404)):
        browser = staff_portal.browser(person)
        for path in (HERE, *(f"{HERE}/{slug}" for slug in slugs), *(f"{HERE}/{s}/{key}" for s, key in first.items())):
            assert browser.get(path).status_code == status, (person.name, path)
    auditor = staff_portal.browser(AUDITOR)
    page = text_of(auditor.get(REASON))
    assert "<form" not in page.split("<main")[1]
    for path in (f"{HERE}/motivi/nuovo", f"{REASON}/predefinito"):
        assert auditor.get(path).status_code == 403
    assert auditor.post(REASON, data=WORDS | {"version": "0"}).status_code == 403
    assert auditor.post(f"{REASON}/predefinito", data={"version": "0", "why": WHY}).status_code == 403
    assert not editions(staff_portal)


@pytest.mark.parametrize(
    "path", ["niente", "motivi/R3", "tempi/secret_key", "motivi/R03/altro", "tempi/nuovo", "avvisi/x"]
)
def test_thing_that_is_none_is_missing(staff_portal: Portal, path: str) -> None:
    assert staff_portal.browser(ADMIN).get(f"{HERE}/{path}").status_code == 404


def test_overview_shows_what_differs_and_leads_on(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    page = text_of(admin.get(HERE))
    assert page.count("Valgono i valori predefiniti.") == len(KINDS)
    for path in (
        *(f"{HERE}/{one.slug}" for one in KINDS.values()),
        "/gestione/conservazione",
        "/gestione/modelli-email",
    ):
        assert f'href="{path}"' in page.split("<main")[1], path
    staff_portal.run(lambda s: change(s, EditionKind.TIME, "link_hours", value=12))
    page = text_of(admin.get(HERE))
    assert "1 diversa dal valore predefinito" in page
    assert "12 ore" in page
    assert f'href="{HERE}/tempi/link_hours"' in page
    assert "/gestione/modelli-email" not in staff_portal.browser(AUDITOR).get(HERE).text


def test_list_is_searched_by_words(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    assert text_of(admin.get(f"{HERE}/motivi")).count(f'href="{HERE}/motivi/') >= 24
    page = text_of(admin.get(f"{HERE}/motivi", params={"q": "antimafia misure"}))
    assert re.findall(rf'href="{HERE}/motivi/(\w+)"', page) == ["nuovo", "R08"]
    assert "Nessuna voce con «zzz»." in text_of(admin.get(f"{HERE}/motivi", params={"q": "zzz"}))


def test_version_is_saved_shown_with_its_difference_used_again_and_given_up(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    page = text_of(admin.get(REASON))
    assert "I requisiti tecnici non sono sufficienti per la categoria richiesta" in page
    assert "Nessuno l’ha ancora modificata." in page
    answer = admin.post(REASON, data=WORDS | {"version": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, REASON)
    page = text_of(admin.get(REASON))
    for words in ("Salvato: vale la versione 1.", "Versione 1", WHY, ADMIN.name, "in vigore", "Torna al predefinito"):
        assert words in page, words
    assert re.search(r"<del>.*?I requisiti tecnici non sono.*?</del> → <ins>.*?Mancano i mezzi</ins>", page)
    admin.post(REASON, data=WORDS | {"version": "1", "text_it": "Altro testo"})
    page = text_of(admin.get(REASON, params={"versione": "1"}))
    assert "Il modulo mostra la versione 1" in page
    assert "Mancano i mezzi</textarea>" in page
    assert 'name="version" value="2"' in page
    page = text_of(admin.get(f"{REASON}/predefinito"))
    assert "Altro testo</del>" in page
    assert admin.post(f"{REASON}/predefinito", data={"version": "2", "why": ""}).status_code == 422
    assert admin.post(f"{REASON}/predefinito", data={"version": "1", "why": WHY}).status_code == 409
    assert admin.post(f"{REASON}/predefinito", data={"version": "2", "why": WHY}).status_code == 303
    assert [(one.version, one.value is None) for one in editions(staff_portal)] == [(1, False), (2, False), (3, True)]
    page = text_of(admin.get(REASON))
    assert "Vale di nuovo il valore predefinito." in page
    assert f'href="{REASON}/predefinito"' not in page
    assert admin.get(f"{REASON}/predefinito").status_code == 303


def test_wrong_values_are_told_at_their_fields_and_kept(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    typed = WORDS | {"version": "0", "text_it": "", "text_en": "x" * 201, "uses": [], "why": "no"}
    answer = admin.post(REASON, data=typed)
    page = text_of(answer)
    assert answer.status_code == 422
    for words, anchor in (("Serve un valore.", "text_it"), ("Il testo ha 201 caratteri: al massimo 200.", "text_en"),
                          ("Scrivi perché lo cambi", "why"), ("Serve un valore.", "uses")):  # fmt: skip
        assert words in page
        assert f'<a href="#{anchor}">' in page
    assert "x" * 201 in page
    time = admin.post(f"{HERE}/tempi/decision_days", data={"version": "0", "value": "tanti", "why": WHY})
    assert (time.status_code, 'value="tanti"' in time.text) == (422, True)
    assert "Da 1 a 730." in text_of(admin.post(f"{HERE}/tempi/decision_days", data={"version": "0", "value": "0",
                                                                                   "why": WHY}))  # fmt: skip
    assert not editions(staff_portal)


def test_second_admin_reads_who_was_faster_and_keeps_what_was_typed(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    admin.post(REASON, data=WORDS | {"version": "0"})
    answer = admin.post(REASON, data=WORDS | {"version": "0", "text_it": "Il mio testo"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Adele Conti ha salvato la versione 1 il" in page
    assert "Il mio testo</textarea>" in page
    assert len(editions(staff_portal)) == 1
    assert 'name="version" value="1"' in page  # whoever has read it may
    assert admin.post(REASON, data=WORDS | {"version": "1", "text_it": "Il mio testo"}).status_code == 303
    assert admin.post(REASON, data=WORDS | {"version": "quale"}).status_code == 409


def test_preview_shows_the_letter_and_saves_nothing(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    answer = admin.post(REASON, data=WORDS | {"version": "0", "passo": "anteprima"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "per il seguente motivo: Mancano i mezzi." in page
    assert 'lang="en">' in page
    assert "The means are missing." in page
    assert not editions(staff_portal)
    wrong = admin.post(REASON, data=WORDS | {"version": "0", "passo": "anteprima", "text_it": ""})
    assert wrong.status_code == 422
    for code in ("R99", "D05", "R10"):
        told = text_of(admin.post(f"{HERE}/motivi/{code}", data=WORDS | {"version": "0", "passo": "anteprima"}))
        assert "Mancano i mezzi" in told.split("Anteprima: ")[1], code


def test_markup_of_an_admin_is_text_everywhere(staff_portal: Portal) -> None:
    admin, evil = staff_portal.browser(ADMIN), "<script>alert(1)</script> {{ 7*7 }} %(x)s {y}"
    assert admin.post(REASON, data=WORDS | {"version": "0", "text_it": evil, "why": evil}).status_code == 303
    number = staff_portal.reviewed()
    anna, decision = staff_portal.browser(ANNA), f"/gestione/richieste/{number}/decisione?esito=respingi"
    for browser, path in ((admin, REASON), (admin, HERE), (admin, f"{HERE}/motivi"), (anna, decision)):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert evil in unescape(answer.text)


def test_thing_is_added_by_its_code_and_then_its_form(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    assert "Aggiungi una voce" in text_of(admin.get(f"{HERE}/categorie"))
    for code, words in (("L05", "Il codice L05 c’è già."), ("zz", "Scrivi la lettera del gruppo")):
        answer = admin.get(f"{HERE}/categorie/nuovo", params={"codice": code})
        assert (answer.status_code, words in text_of(answer)) == (422, True)
    answer = admin.get(f"{HERE}/categorie/nuovo", params={"codice": "l12"})
    assert answer.headers["location"] == f"{HERE}/categorie/L12"
    page = text_of(admin.get(f"{HERE}/categorie/L12"))
    assert "Tipi di fornitura con cui si può scegliere" in page
    assert "Predefinito</h2>" not in page
    assert staff_portal.browser(AUDITOR).get(f"{HERE}/categorie/L12").status_code == 404
    typed = {"version": "0", "label_it": "Opere subacquee", "label_en": "Underwater works", "letters": ["L", "S"],
             "cpv": ["45310000-3"], "is_active": "on", "why": WHY}  # fmt: skip
    assert admin.post(f"{HERE}/categorie/L12", data=typed).status_code == 303
    assert editions(staff_portal)[0].value == {
        "label_it": "Opere subacquee", "label_en": "Underwater works", "letters": ["L", "S"], "cpv": ["45310000-3"],
        "soa": [], "dm37": [], "white_list": False, "fgas": False, "is_active": True,
    }  # fmt: skip
    assert "L12 Opere subacquee" in text_of(staff_portal.browser(AUDITOR).get(f"{HERE}/categorie"))


def test_every_thing_of_every_kind_has_its_page(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    for kind in KINDS.values():
        for key in kind.keys():  # noqa: SIM118
            page = text_of(admin.get(f"{HERE}/{kind.slug}/{key}"))
            assert all(f'name="{one.name}"' in page for one in kind.controls(key)), key
            value = kind.default(key)
            assert value is not None
            assert not kind.faults(key, value), key
            assert not kind.clash(key, value), key
            assert kind.summary(key, value), key


def test_every_page_begins_with_what_is_in_force(staff_portal: Portal) -> None:
    counted = 0
    for path, method, context in routes(staff_portal.app):
        if not WITHOUT.fullmatch(path):
            assert {"transaction", "freshen"} & set(dependencies(context.dependant)), (method, path)
            counted += 1
    assert counted > 100
