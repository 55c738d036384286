"""Letters read as sentences, whatever the company is called."""

from datetime import date
from importlib.resources import files

import pytest

from service.mail import samples
from service.mail.dates import after, day
from service.mail.messages import Envelope, compose, unlinked

COMPANY = samples.COMPANY
PORTAL = "https://portal.example"
TEMPLATES = sorted(
    path.name.removesuffix(".txt").rpartition(".")[::2]
    for path in files("service.mail").joinpath("templates").iterdir()
    if path.name.endswith(".txt")
)


def text_of(message: str, locale: str = "it", **facts: object) -> str:
    """Give subject and text of a letter."""
    model = samples.find_model(message)
    assert model
    envelope = Envelope("a@example.it", COMPANY, locale, PORTAL, "aiuto@example.it")
    letter = compose(message, envelope, samples.facts_of(model, locale, portal=PORTAL) | facts)
    return f"{letter.subject}\n{letter.text}"


@pytest.mark.parametrize(("message", "locale"), TEMPLATES)
@pytest.mark.parametrize("is_duplicate", [False, True])
def test_company_that_ends_in_a_full_stop_never_makes_two(message: str, locale: str, *, is_duplicate: bool) -> None:
    assert ".." not in text_of(message, locale, is_duplicate=is_duplicate)


@pytest.mark.parametrize("locale", ["it", "en"])
def test_refusal_for_another_reason_gives_the_text_as_the_reason(locale: str) -> None:
    text = text_of("application_rejected", locale, reason="", text="Non lavoriamo in quella zona.")
    assert ("motivo:\n\nNon lavoriamo" if locale == "it" else "reason:\n\nNon lavoriamo") in text


def test_refusal_of_a_duplicate_promises_nothing() -> None:
    text = text_of("application_rejected", is_duplicate=True, reason="Non possiamo dare seguito", text="")
    assert "la ringraziamo per l'interesse. Non possiamo dare seguito.\n\nI dati della domanda" in text
    for words in ("per il seguente motivo", "Potrà presentarne", "osservazioni"):
        assert words not in text


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 categoria merceologica, 1 avviso."), (2, "2 categorie merceologiche, 2 avvisi.")],
)
def test_staff_letter_counts_in_grammar(number: int, words: str) -> None:
    assert words in text_of("staff_new_application", leaves=number, warnings=number)


@pytest.mark.parametrize(
    ("left", "effect", "words"),
    [
        (15, "Q", "(fra 15 giorni). La invitiamo a caricare la versione aggiornata.\n\nSe non arriva entro il 2 gen"),
        (15, "Q", "2027 la qualifica sarà sospesa fino all'aggiornamento."),
        (1, "", "(fra 1 giorno). La invitiamo a caricare la versione aggiornata.\n\nDocumenti:"),
        (0, "K", "scade il 18 dicembre 2026. La invitiamo a caricare la versione aggiornata.\n\nSe non arriva"),
        (0, "K", "le categorie che lo richiedono non saranno più attive"),
    ],
)
def test_letter_of_an_expiring_document_says_when_and_what_follows(left: int, effect: str, words: str) -> None:
    assert words in text_of("document_expiring", left=left, effect=effect)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (
            0,
            "DURC: scade oggi\n\nGentile Bianchi S.r.l.,\n\nil documento «DURC» di Bianchi S.r.l. scade oggi, 18 dic",
        ),
        (
            -1,
            "DURC: validità terminata\n\nGentile Bianchi S.r.l.,\n\nil documento «DURC» di Bianchi S.r.l. è scaduto il",
        ),
    ],
)
def test_letter_of_the_last_day_does_not_say_that_it_is_over(left: int, words: str) -> None:
    text = text_of("document_expired", left=left).replace("[ICRI ProActive] ", "").replace("\nGentile", "\n\nGentile")
    assert words in text
    assert "sarà sospesa dal 3 gennaio 2027." in text


@pytest.mark.parametrize(
    ("effect", "words"), [("Q", "La qualifica resta sospesa finché"), ("K", "che lo richiedono non sono attive finché")]
)
def test_letter_of_an_end_that_had_its_effect_names_no_day_for_it(effect: str, words: str) -> None:
    text = text_of("document_expired", left=-30, effect=effect, is_effective=True)
    assert words in text
    assert "3 gennaio" not in text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("1 dicembre 2026", "dal 1 dicembre 2026"),
        ("8 dicembre 2026", "dall'8 dicembre 2026"),
        ("11 dicembre 2026", "dall'11 dicembre 2026"),
        ("18 dicembre 2026", "dal 18 dicembre 2026"),
        ("08/12/2026", "dall'08/12/2026"),
    ],
)
def test_article_before_a_day_is_joined_to_a_vowel(said: str, written: str) -> None:
    assert after("dal", said) == written


def test_letters_join_the_article_to_the_day() -> None:
    assert "è sospesa" in text_of("supplier_suspended")
    assert "\n\ndall'11 dicembre 2026 la qualifica" in text_of("supplier_suspended", date="11 dicembre 2026")
    assert "scade l'8 dicembre 2026 (fra" in text_of("document_expiring", expires="8 dicembre 2026")


@pytest.mark.parametrize(
    ("has_account", "words"), [(True, ", che può sostituire dall'area riservata:\n- DVR"), (False, "accettati:\n- DVR")]
)
def test_letter_of_an_acceptance_names_what_was_refused(*, has_account: bool, words: str) -> None:
    text = text_of("application_approved", has_account=has_account, refused="- DVR: Il documento è illeggibile.")
    assert f"Documenti non {words}" in text or f"Documenti non accettati{words}" in text
    assert "non accettati" not in text_of("application_approved", refused="")


def test_letter_of_a_refused_document_without_a_code_gives_the_text_as_the_reason() -> None:
    assert "per il seguente motivo:\n\nIl testo." in text_of("document_rejected", reason="", text="Il testo.")


def test_days_of_english_letters_are_british() -> None:
    assert day(date(2026, 12, 18), "en") == "18 December 2026"
    assert day(date(2026, 12, 18), "it") == "18 dicembre 2026"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Bianchi S.r.l.", "Bianchi S.r.l."),
        ("Bianchi https://evil.example/x", "Bianchi https evil. example/x"),
        ("www.evil.com", "www. evil. com"),
    ],
)
def test_unlinked_takes_the_life_out_of_addresses(typed: str, written: str) -> None:
    assert unlinked(typed) == written
