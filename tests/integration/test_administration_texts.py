"""Texts and rules an admin edits: letters, the FAQ, the document rules; nothing broken or hostile gets in force."""

import re
import subprocess
import sys
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.administration import document_rules, faq, in_force, mails
from service.administration.actions import EditionError
from service.administration.faq_articles import ARTICLES
from service.administration.models import Edition
from service.administration.states import EditionKind
from service.applications.documents import list_asked
from service.applications.models import Application
from service.mail.messages import Envelope, compose
from service.mail.samples import facts_of, find_model, sample
from service.mail.texts import Text, put_in_force
from service.questionnaire import DOCUMENT_TYPES, RequiredDocument
from service.questionnaire.document_details import check_details
from tests.support.administration import WHY, _defaults_again, change
from tests.support.registering import TASKS, begin, fill
from tests.support.staff_portal import ADMIN, AUDITOR, Portal, make_portal, send, staff_portal

__all__ = ["_defaults_again", "staff_portal"]
MAIL, FAQ, RULE = EditionKind.MAIL, EditionKind.FAQ, EditionKind.DOCUMENT_RULE
HERE = "/gestione/impostazioni"
KEY = "submission_receipt.it"
BUTTON = "-> Apri la pagina: {{ link }}"
GOOD = (
    "La domanda di {{ company }} ha il numero {{ number }}. È arrivata alle {{ time }}, l'esito entro {{ promised }}."
    f"\n\n{BUTTON}"
)
LONG = 3000
ENDLESS = "{% for a in range(99999999) %}{% for b in range(99999999) %}x{% endfor %}{% endfor %}"


def faults(body: str = GOOD, subject: str = "Ricevuta {{ number }}", key: str = KEY) -> dict[str, list[str]]:
    return mails.KIND.faults(key, {"subject": subject, "body": body})


# --- letters

HOSTILE = {
    "class": "{{ ''.__class__ }}",
    "class of a fact": "{{ company.__class__.__mro__[1].__subclasses__() }}",
    "item": "{{ company[0] }}",
    "call": "{{ company.format(1) }}",
    "endless loop": ENDLESS,
    "recursive macro": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "undefined": "{{ partita_iva }}",
    "fact of another letter": "{{ password }}",
    "global": "{{ cycler }}",
    "set": "{% set company = 'x' %}{{ company }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "raw": "{% raw %}{{ link }}{% endraw %}",
    "comment": "{# nascosto #}",
    "filter": "{{ company|upper }}",
    "filter with another word": "{{ date|after('zzz') }}",
    "test": "{% if company is defined %}x{% endif %}",
    "power": "{{ 9 ** 99 ** 99 }}",
    "long line": "{{ 'x' * 999999999 }}",
    "format": "{{ '%999999999s' % company }}",
    "conversion": "{{ '%s %s' % company }}",
    "list": "{{ [company] }}",
    "nested": "(".join(["{{ "] + [""] * 2500) + "company" + ")" * 2499 + " }}",
    "deep sum": "{{ " + "company + " * 400 + "company }}",
    "deep conditions": "{% if company %}" * 120 + "x" + "{% endif %}" * 120,
    "open bracket": "{{ company",
    "open condition": "{% if company %}x",
    "condition over two paragraphs": "{% if company %}x\n\ny{% endif %}",
    "stray brackets": "company }}",
    "no else": "{{ company if number == 'x' }}",
    "adding a number": "{{ company + days }}",
    "html": "<b>Attenzione</b>",
    "html in a text": "{{ '<script>' if company else '' }}",
    "entity": "&lt;b&gt;",
    "foreign address": "Vada su https://evil.example/accedi",
    "bare address": "Vada su evil.com",
    "address in two pieces": "Vada su evil.{{ 'com' if company else '' }}",
    "address behind a condition": "{% if number == 'P-1' %}evil.com{% endif %}",
    "address after the link": "{{ link }}.evil.com",
    "address before the link": "evil@{{ link }}",
    "mailbox": "Scriva a chiunque@evil.example",
    "wide dot": "Vada su evil．com",
    "unseen": "Ciao\u202e a tutti",
    "button with a foreign link": "-> Apri: https://evil.com",
    "button amid words": f"Ecco\n{BUTTON}",
    "button with a fact": "-> {{ company }}: {{ link }}",
    "too long": "x" * 6001,
    "too many bytes": "è" * 3100,
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_broken_or_hostile_text_is_refused_at_its_line(hostile: str) -> None:
    assert faults() == {}
    found = faults(f"{GOOD}\n\n{hostile}")
    assert [*found] == ["body"], found
    if len(hostile) < LONG:
        assert any(said.startswith("Riga ") for said in found["body"]), found


@pytest.mark.parametrize(
    "subject",
    ["", "Esito\nBcc: tutti@evil.example", "Esito\r\nBcc: x", "x" * 121, "{{ company }}" * 12, "{{ x }}",
     "<b>Esito</b>", "{% if company == 'x' %}Esito{% endif %}", "Vada su evil.com",
     "Esito\u2028", "{{ ''.__class__ }}", "x" * 301],
)  # fmt: skip
def test_subject_that_is_none_is_refused(subject: str) -> None:
    assert [*faults(subject=subject)] == ["subject"]


def test_letter_keeps_its_button_and_what_it_is_for() -> None:
    assert "Manca il pulsante" in faults("La domanda di {{ company }}.")["body"][0]
    assert "Manca il pulsante" in faults("{% if company %}{{ link }}{% endif %}")["body"][0]
    assert faults(f"Utenza {{{{ username }}}}.\n\n{BUTTON}", "Dati", "access_data_password.it")["body"] == [
        "Manca «{{ password }}», fuori da ogni condizione."
    ]
    assert faults(f"Testo.\n\n{BUTTON}", "Esito", "application_rejected.it")["body"] == [
        "Riga 3: questa lettera non ha collegamenti."
    ]


@pytest.mark.parametrize(
    ("key", "body", "lost"),
    [
        ("application_rejected.it", "Ciao", {"reason", "text", "reapply_from", "erase_on"}),
        ("application_rejected.it", "{% if is_duplicate %}{{ reason }} {{ reapply_from }}{% endif %} {{ text }}",
         {"reason", "reapply_from", "erase_on"}),
        ("information_request.it", f"Risponda entro {{{{ expires }}}}.\n\n{BUTTON}", {"items"}),
        ("supplier_revoked.it", "La qualifica di {{ company }} è revocata: {{ reason }}.", {"reapply_from"}),
        ("application_approved.en", "Dear {{ company }}, you are in.",
         {"leaves", "not_granted", "refused", "reserve", "reserve_until", "until"}),
    ],
)  # fmt: skip
def test_letter_keeps_what_it_is_for_in_every_case(key: str, body: str, lost: set[str]) -> None:
    said = faults(body, "Esito {{ number }}" if "application_r" in key or "info" in key else "Esito", key)["body"]
    assert {one.split("{{ ")[1].split(" }}")[0] for one in said} == lost, said


def test_every_shipped_text_may_be_saved_as_it_is() -> None:
    for key in mails.MODEL_OF:
        assert mails.KIND.faults(key, mails.KIND.default(key) or {}) == {}, key
        assert mails.KIND.legend(key) or "{{" not in str(mails.KIND.default(key))


def test_edited_text_that_fails_with_real_facts_keeps_no_letter_back() -> None:
    model = find_model("status_link")
    assert model is not None
    whole = sample(model, "it", portal="https://p.example")
    put_in_force({("status_link", "it"): Text.of("{{ company.__class__.__mro__ }}", "{{ nothing }}")})
    to = Envelope("a@example.com", "Laura Bianchi", "it", "https://p.example", "a@example.com")
    letter = compose("status_link", to, facts_of(model, "it", portal="https://p.example"))
    put_in_force({})
    assert letter.subject == whole.subject
    assert "__mro__" not in letter.text


ELSEWHERE = """
import sys
from tests.integration.test_administration import work_off
from tests.support.registering import TASKS, begin, fill
from tests.support.staff_portal import make_portal
for one in work_off(make_portal(sys.argv[1])).sent:
    print(one.subject, one.text)
"""


def test_edited_letter_leaves_from_the_worker_of_another_process(staff_portal: Portal, database_url: str) -> None:
    words = {"subject": "Ci siamo: {{ number }}", "body": GOOD.replace("ha il numero", "è arrivata, numero")}
    staff_portal.run(lambda s: change(s, MAIL, KEY, **words))
    number = staff_portal.sent()
    done = subprocess.run([sys.executable, "-c", ELSEWHERE, database_url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"[ICRI ProActive] Ci siamo: {number}" in done.stdout
    assert f"è arrivata, numero {number}." in done.stdout


def test_letter_page_and_its_text_lead_to_each_other_and_show_the_edit(staff_portal: Portal) -> None:
    admin = staff_portal.browser(ADMIN)
    here = f"{HERE}/testi-email/{KEY}"
    page = unescape(admin.get(here).text)
    assert 'href="/gestione/modelli-email/submission_receipt"' in page
    assert "<code>{{ company }}</code>" in page
    assert "es. Bianchi S.r.l." in page
    form = {"subject": "Ci siamo {{ number }}", "body": GOOD.replace("\n", "\r\n"), "why": WHY, "version": "0"}
    shown = admin.post(here, data=form | {"passo": "anteprima"})
    assert "[ICRI ProActive] Ci siamo P-2026-0151" in shown.text
    assert not staff_portal.rows(Edition.__table__.select())
    refused = admin.post(here, data=form | {"body": f"{GOOD}\n{{{{ niente }}}}"})
    assert refused.status_code == 422
    assert "Riga 3: un pulsante si scrive" in unescape(refused.text)
    assert "{{ niente }}" in unescape(refused.text)
    assert admin.post(here, data=form).status_code == 303
    letter = admin.get("/gestione/modelli-email/submission_receipt").text
    assert "Ci siamo P-2026-0151" in letter
    assert f'href="{here}"' in letter
    assert "La domanda di Bianchi" in admin.get("/gestione/modelli-email/submission_receipt/it").text
    assert "/modelli-email" not in staff_portal.browser(AUDITOR).get(here).text
    assert admin.post(f"{here}/predefinito", data={"version": "1", "why": WHY}).status_code == 303
    assert "Ci siamo" not in admin.get("/gestione/modelli-email/submission_receipt").text


# --- FAQ


def test_faq_shows_the_edit_in_both_languages_and_hides_an_article(staff_portal: Portal) -> None:
    words = {
        "question_it": "Quanto costa? 100%", "question_en": "What does it cost?",
        "answer_it": "Nulla.\n\nChiedi al [supporto].", "answer_en": "Nothing.\n\nAsk the [support](supporto).",
    }  # fmt: skip
    staff_portal.run(lambda s: change(s, FAQ, "free", **words))
    staff_portal.run(lambda s: change(s, FAQ, "formats", is_visible=False))
    anybody = staff_portal.browser()
    page = anybody.get("/faq").text
    assert "<h3>Quanto costa? 100%</h3>" in page
    assert '<p>Chiedi al <a href="/assistenza">supporto</a>.</p>' in page
    assert "La registrazione è gratuita?" not in page
    assert "Formati e dimensione?" not in page
    assert "Quanto costa?" in anybody.get("/faq?q=nulla supporto").text
    english = anybody.get("/faq?lang=en").text
    assert "What does it cost?" in english
    assert 'Ask the <a href="/assistenza">support</a>' in english


@pytest.mark.parametrize("key", ["password", "registration"])
def test_article_of_the_customer_is_edited_and_never_hidden(staff_portal: Portal, key: str) -> None:
    value = dict(faq.KIND.default(key) or {})
    assert "is_visible" not in value
    with pytest.raises(EditionError):
        staff_portal.run(lambda s: change(s, FAQ, key, is_visible=False))
    staff_portal.run(lambda s: change(s, FAQ, key, question_it="Come si fa"))
    found = re.search(rf'<details[^>]*id="{ARTICLES[key].anchor}"[^>]*>\s*<summary><h3>([^<]+)',
                      staff_portal.browser().get("/faq").text)  # fmt: skip
    assert found
    assert found[1] == "Come si fa"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"answer_it": "<script>alert(1)</script>"}, "answer_it"), ({"answer_en": "&nbsp;"}, "answer_en"),
        ({"answer_it": "Vai [qui](https://evil.example)"}, "answer_it"),
        ({"answer_it": "Vai [qui](niente)"}, "answer_it"),
        ({"answer_it": "Vai [qui"}, "answer_it"), ({"answer_it": "https://evil.example"}, "answer_it"),
        ({"question_it": "[supporto]"}, "question_it"), ({"question_en": ""}, "question_en"),
        ({"answer_it": "Uno.\n\nDue."}, "answer_en"), ({"answer_it": "x" * 4001}, "answer_it"),
        ({"order": 1}, ""),
    ],
)  # fmt: skip
def test_article_with_something_wrong_is_refused(wrong: dict[str, Any], field: str) -> None:
    assert [*faq.KIND.faults("free", {**(faq.KIND.default("free") or {}), **wrong})] == [field]


def test_every_article_may_be_saved_as_it_is() -> None:
    for key in faq.KIND.keys():  # noqa: SIM118
        assert faq.KIND.faults(key, faq.KIND.default(key) or {}) == {}, key


# --- document rules

SHORTER = {
    "good_for": 6, "no_older_than": 3, "validity_it": "Di non più di 3 mesi; vale 6 mesi.",
    "validity_en": "Not older than 3 months; good for 6 months.", "why_it": "Per la gara in corso.",
    "why_en": "For the tender at hand.",
}  # fmt: skip


def asked(session: Session, application: Application, portal: Portal) -> dict[str, RequiredDocument]:
    found = list_asked(session, application, settings=portal.settings)
    return {one.type.code: one for one in found.required}


def test_edited_rule_is_asked_in_a_draft_and_not_of_what_was_sent(staff_portal: Portal) -> None:
    portal = staff_portal
    number = portal.sent()
    portal.run(lambda s: change(s, RULE, "register_extract", **SHORTER))
    portal.run(lambda s: change(s, RULE, "dvr_declaration", duty="follows"))
    portal.run(in_force.refresh)

    def look(session: Session) -> tuple[dict[str, RequiredDocument], dict[str, RequiredDocument]]:
        application = session.get_one(Application, portal.id_of(number))
        before = asked(session, application, portal)
        with session.no_autoflush:
            application.submitted_at = None  # as a draft with the same answers
            now = asked(session, application, portal)
        session.expire(application)
        return before, now

    before, now = portal.run(look)
    assert str(before["register_extract"].why) == "Perché l'impresa è iscritta al Registro Imprese."
    assert str(now["register_extract"].why) == "Per la gara in corso."
    assert before["dvr_declaration"].blocks
    assert now["dvr_declaration"].may_follow
    form, today = {"issued_on": ["01/06/2026"]}, date(2026, 10, 1)
    fine = check_details(before["register_extract"], form, today=today)
    assert (fine.errors, fine.expires_on) == ({}, date(2027, 6, 1))
    assert "issued_on" in check_details(now["register_extract"], form, today=today).errors
    fresh = check_details(now["register_extract"], {"issued_on": ["01/09/2026"]}, today=today)
    assert (fresh.errors, fresh.expires_on) == ({}, date(2027, 3, 1))


def test_page_of_a_draft_asks_by_the_edited_rule(database_url: str) -> None:
    portal = make_portal(database_url, PROACTIVE_FORM_SECONDS="0")
    portal.run(lambda s: change(s, RULE, "register_extract", **SHORTER))
    applicant = portal.browser()
    begin(applicant, "SC")
    fill(applicant, "SC")
    page = unescape(applicant.get(f"{TASKS}/documenti").text)
    assert "Per la gara in corso." in page
    assert "Di non più di 3 mesi; vale 6 mesi." in page
    assert "For the tender at hand." in unescape(applicant.get(f"{TASKS}/documenti?lang=en").text)
    portal.app.state.engine.dispose()


def test_application_sent_under_an_edited_rule_keeps_it(staff_portal: Portal) -> None:
    portal = staff_portal
    portal.run(lambda s: change(s, RULE, "dvr_declaration", duty="follows"))
    portal.run(in_force.refresh)
    number = str(portal.run(lambda s: send(s, portal.settings, 1, "SC").number))
    portal.run(lambda s: change(s, RULE, "dvr_declaration", duty="as_shipped"))
    portal.run(in_force.refresh)
    assert DOCUMENT_TYPES["dvr_declaration"].blocks
    kept = portal.run(lambda s: asked(s, s.get_one(Application, portal.id_of(number)), portal)["dvr_declaration"])
    assert kept.may_follow


@pytest.mark.parametrize(
    ("code", "wrong", "field"),
    [
        ("register_extract", {"good_for": 0}, "good_for"), ("register_extract", {"good_for": 121}, "good_for"),
        ("register_extract", SHORTER | {"no_older_than": 7}, "no_older_than"),
        ("register_extract", {"good_for": "sei"}, "good_for"), ("register_extract", {"duty": "optional"}, ""),
        ("register_extract", {"why_it": "Serve."}, "why_en"),
        ("register_extract", {"why_it": "{0}", "why_en": "x"}, "why_it"),
        ("register_extract", {"validity_it": "<b>"}, "validity_it"),
        ("durc", {"duty": "optional"}, ""), ("durc", {"reminds": False}, ""),
        ("waste_register", {"at_most": 61}, "at_most"),
        ("self_declaration", {"duty": "optional"}, ""), ("dvr_declaration", {"duty": "sempre"}, "duty"),
        ("dvr_declaration", {"case": "alone"}, ""),
    ],
)  # fmt: skip
def test_rule_that_cannot_be_is_refused(code: str, wrong: dict[str, Any], field: str) -> None:
    value = {**(document_rules.KIND.default(code) or {}), **wrong}
    assert field in document_rules.KIND.faults(code, value)


def test_changed_length_wants_its_words(session: Session) -> None:
    with pytest.raises(EditionError) as refused:
        change(session, RULE, "durc", at_most=90)
    assert [*refused.value.problems] == ["validity_it", "validity_en"]
    words = {"validity_it": "Vale 90 giorni dalla verifica.", "validity_en": "Good for 90 days."}
    change(session, RULE, "durc", at_most=90, **words)
    in_force.refresh(session, is_eager=True)
    assert DOCUMENT_TYPES["durc"].rule.limit is not None
    assert (DOCUMENT_TYPES["durc"].rule.limit.count, DOCUMENT_TYPES["durc"].effect) == (90, "Q")


def test_every_rule_may_be_saved_as_it_is_and_changes_nothing() -> None:
    for code, kind in DOCUMENT_TYPES.default.items():
        value = document_rules.KIND.default(code) or {}
        assert document_rules.KIND.faults(code, value) == {}, code
        document_rules.KIND.apply({code: value})
        assert DOCUMENT_TYPES[code] == kind, code
    document_rules.KIND.apply({})


def test_page_of_a_rule_says_from_when_it_counts(staff_portal: Portal) -> None:
    page = unescape(staff_portal.browser(ADMIN).get(f"{HERE}/documenti/dvr_declaration").text)
    assert "Le domande già inviate restano con le regole di quando sono state inviate" in page
    assert 'value="follows"' in page
