"""Home, FAQ, support, privacy, accessibility; language; messages over a redirect; what templates may not contain."""

import html
import random
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request, Response
from starlette.testclient import TestClient

from service.administration.faq_articles import CATEGORIES
from service.administration.markup import linked
from service.applications.actions import drafting
from service.config import Settings
from service.documents.inspection import KINDS
from service.locales import catalogue, gettext, ngettext, spoken_in
from service.locales.__main__ import main as catalogue_command
from service.questionnaire import DOCUMENT_TYPES
from service.web.flash import redirect, safe_path
from service.web.public import notice
from service.web.templating import TEMPLATES
from tests.support.web import browser, portal

PUBLIC = ["/", "/faq", "/assistenza", "/privacy", "/accessibilita"]
SENTENCES: dict[str, list[str]] = {}
for line in Path(__file__).with_name("faq_sentences.txt").read_text(encoding="utf-8").splitlines():
    if line.startswith("["):
        SENTENCES[line.strip("[]")] = found = []
    elif line:
        found.append(line)
LINKS = {
    "password": ["/", "/recupera-password", "/assistenza", "mailto:fornitori@icrimpianti.com", "/registrazione"],
    "registrazione": ["/registrazione", "/recupera-password"],
}


def article(page: str, anchor: str) -> str:
    found = re.search(rf'<details[^>]*id="{anchor}".*?</details>', page, re.DOTALL)
    assert found
    return found[0]


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


@pytest.mark.parametrize("anchor", SENTENCES)
def test_faq_keeps_every_sentence_of_the_customer_in_order(client: TestClient, anchor: str) -> None:
    shown = article(client.get("/faq").text, anchor)
    places = [words(shown).find(sentence) for sentence in SENTENCES[anchor]]
    assert -1 not in places
    assert places == sorted(places)
    assert re.findall(r'href="([^"#]+)"', shown) == LINKS[anchor]


def test_faq_search_finds_by_words_and_says_when_there_is_nothing(client: TestClient) -> None:
    found = client.get("/faq?q=Gruppo IVA").text
    assert "Facciamo parte di un Gruppo IVA." in found
    assert "Procedura ripristino password" not in found
    assert "Nessuna risposta per «patente nautica»." in client.get("/faq?q=patente nautica").text
    english = browser(portal()).get("/faq?q=VAT group&lang=en").text
    assert "We are part of a VAT group." in words(english)


def test_faq_promises_nothing_that_does_not_exist_yet(client: TestClient) -> None:
    text = words(client.get("/faq").text)
    for later in ("rinnovo", "rinnova", "Aggiungi", "integrazioni", "proroga", "variazione", "collega ", "I miei dati"):
        assert later not in text


def test_faq_tells_of_documents_what_the_rules_and_the_settings_say(client: TestClient) -> None:
    article_of = {one.question: words(" ".join(one.answer)) for kind in CATEGORIES for one in kind.articles}
    durc = article_of["Il DURC è scaduto: cosa succede?"]
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    before = [days for days in defaults["document_reminder_days"].split(",") if days != "0"]
    assert "Ti avvisiamo {}, {}, {} e {} giorni prima".format(*before) in durc
    assert f"entro {defaults['suspension_grace_days']} giorni dalla scadenza" in durc
    assert DOCUMENT_TYPES["durc"].effect == "Q"
    assert f"fino a {defaults['file_bytes'] // 1024**2} MB" in article_of["Formati e dimensione?"]
    assert {"pdf", "p7m", "jpg", "png"} <= set(KINDS)
    assert article_of["Quanto dura la qualifica?"].startswith(f"{defaults['qualification_months']} mesi.")
    assert "Sostituisci" in words(client.get("/faq").text)


def test_faq_and_support_tell_of_the_lock_and_the_faq_of_the_withdrawal(client: TestClient) -> None:
    text = words(client.get("/faq").text)
    for said in ("non toglie il blocco prima che i minuti siano passati", "Ritirata", "Posso ritirare la domanda?"):
        assert said in text
    assert "si riapre da solo entro 15 minuti" in words(client.get("/assistenza").text)


def test_recipient_code_is_shown_only_when_set(client: TestClient) -> None:
    assert "codice destinatario di ICRI" in client.get("/faq").text
    assert "0000000" in client.get("/assistenza").text
    without = browser(portal(icri_sdi_code="", support_phone=""))
    assert "codice destinatario di ICRI" not in without.get("/faq").text
    assert "tel:" not in without.get("/assistenza").text


def test_home_leads_to_every_start(client: TestClient) -> None:
    text = client.get("/").text
    for address in ("/registrazione", "/accedi", "/recupera-password", "/riprendi", "/stato"):
        assert f'href="{address}"' in text
    assert "mailto:fornitori@icrimpianti.com" in text
    assert "Visura camerale e DURC" in text


def test_privacy_notice_names_its_version_and_what_the_law_asks(client: TestClient) -> None:
    assert notice.NOTICE_VERSION == drafting.NOTICE_VERSION
    text = words(client.get("/privacy").text)
    for said in (notice.NOTICE_VERSION, "Titolare", "non nominato", "art. 6", "Garante", "12 mesi", "portabilità"):
        assert said in text


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_speak_english_and_remember_it(path: str) -> None:
    client = browser(portal())
    english = client.get(f"{path}?a=1&lang=en")
    assert '<html lang="en">' in english.text
    assert 'href="?a=1&amp;lang=it"' in english.text
    assert '<html lang="en">' in client.get(path).text
    assert '<html lang="it">' in client.get(f"{path}?lang=it").text
    assert '<html lang="it">' in client.get(f"{path}?lang=xx").text


def test_accept_language_counts_only_without_a_choice() -> None:
    client = browser(portal())
    wish = {"Accept-Language": "en-GB,en;q=0.9,it;q=0.8"}
    assert '<html lang="en">' in client.get("/", headers=wish).text
    assert '<html lang="it">' in client.get("/", headers={"Accept-Language": "de"}).text
    client.get("/?lang=it")
    assert '<html lang="it">' in client.get("/", headers=wish).text


def test_english_has_no_gap_on_the_public_side() -> None:
    english = catalogue("en")
    texts = [text for one in CATEGORIES for a in one.articles for text in (a.question, *a.answer)]
    texts += [text for part in notice.PARTS for text in (part.title, *part.paragraphs, *part.items)]
    assert [text for text in texts if english.gettext(text) == text and text != "Cookie"] == []


def test_messages_fill_in_and_count() -> None:
    with spoken_in("en"):
        assert gettext("%(day)s, ore %(time)s", day="a", time="b") == "a, b"
        assert ngettext("Controlla i dati: c’è un errore", "Controlla i dati: ci sono %(num)s errori", 2).endswith(
            "2 errors"
        )
    assert gettext("%(day)s, ore %(time)s", day="a", time="b") == "a, ore b"


def test_catalogue_command_knows_its_words() -> None:
    assert catalogue_command("check") in (0, 1)


def test_message_over_a_redirect_is_shown_once_and_cannot_be_forged() -> None:
    app = portal()

    @app.post("/prova/salva")
    def save(request: Request) -> Response:
        return redirect(request, "/faq", "Dati salvati <b>oggi</b>")

    client = browser(app)
    assert client.post("/prova/salva").headers["location"] == "/faq"
    sealed = client.cookies["flash"]
    shown = client.get("/faq").text
    assert '<div class="alert alert-success" role="status"><p class="mb-0">Dati salvati &lt;b&gt;' in shown
    assert "Dati salvati" not in client.get("/faq").text
    client.cookies.set("flash", sealed[:-1] + ("0" if sealed[-1] != "0" else "1"))
    assert "Dati salvati" not in client.get("/faq").text


def open_redirects() -> Iterator[str]:
    hosts = ["evil.example", "evil.example/a", "evil.example%2fa", "[::1]", "evil.example:443", "user@evil.example"]
    starts = [
        "//",
        "///",
        "/\\",
        "\\\\",
        "/\t/",
        "/\n/",
        "/ /",
        "http://",
        "https://",
        "HTTP:",
        "javascript:",
        "data:",
        " //",
    ]
    starts += ["/\r\n/", "\t//", "//\\", "/\x00/", "ftp://", "https:", "", "?//", "./", "..//", "/\u2215/", "/%5c\\"]
    yield from (start + host for start in starts for host in hosts)
    dice = random.Random(7)  # noqa: S311
    for _ in range(160):
        yield "/" + dice.choice("/\\\t\n\r ") + "".join(dice.choices(string.printable, k=8))


def test_t15_no_payload_leads_to_another_host() -> None:
    payloads = list(open_redirects())
    assert len(payloads) >= 300
    assert {payload for payload in payloads if safe_path(payload, "") != ""} == set()
    assert safe_path("/gestione/richieste?stato=inviata&q=a%20b") == "/gestione/richieste?stato=inviata&q=a%20b"


def test_texts_kept_as_data_cannot_carry_html() -> None:
    assert linked("<b>x</b> [qui](supporto)") == '&lt;b&gt;x&lt;/b&gt; <a href="/assistenza">qui</a>'
    with pytest.raises(KeyError):
        linked("[x](https://evil.example)")


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_t41_templates_carry_nothing_inline_and_stay_short(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\|\s*safe\b|autoescape false|https?://", text)
    assert not re.search(r"placeholder=|type=\"number\"|<table[^>]*style", text)
