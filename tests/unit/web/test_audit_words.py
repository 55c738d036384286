"""Every event that is recorded anywhere, with all its details: said in its own words, and nothing by a bare key."""

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from service.access.principal import Principal, Role
from service.audit.trail import AuditEvent
from service.web.staff.audit_details import details
from service.web.staff.audit_words import COMMON
from service.web.staff.words import EVENTS

SERVICE = Path(__file__).parents[3] / "service"
READER = Principal("ugo", "Ugo Sala", frozenset({Role.AUDITOR, Role.APPROVER}))
PEOPLE = {"anna": "Anna Bassi"}
MOVED = {"to_state": "under_review", "from_state": "submitted"}
SAID = "Inviata → In valutazione"
EARLY = "Respinta di recente: la data per ripresentarsi non è ancora passata"
R11 = "R11 La categoria non è di interesse al momento"
FILE = {"slot": "", "type": "durc", "number": 2}
BULK = {"bulk": "7f7c"}
DECIDED = {"to_state": "approved", "from_state": "under_review", "proposed": "approve", "proposed_by": "Marco Riva"}

# by type: what it is recorded with, and what the page says of it
RECORDED: Mapping[str, tuple[dict[str, Any], str]] = {
    "application.started": ({"copied": True, "category": "SC"},
                            "copiata da una domanda precedente · Società di capitali"),
    "application.email_confirmed": ({"how": "link"}, ""),
    "application.submitted": ({"number": "P-2026-0151", "to_state": "submitted", "from_state": "draft"},
                              "P-2026-0151 · Bozza → Inviata"),
    "application.held": ({"why": "too_early"}, EARLY),
    "application.hold_released": ({**MOVED, "why": "too_early"}, f"{SAID} · {EARLY}"),
    "application.information_requested": (
        {**MOVED, **BULK, "codes": ["D01"], "deadline": "2026-12-04"},
        f"{SAID} · con un’azione su più richieste · D01 Il documento manca · entro il 04/12/2026"),
    "application.information_reminded": ({"request": "7f7c", "deadline": "2026-12-04"}, "entro il 04/12/2026"),
    "application.deadline_extended": ({**MOVED, "deadline": "2026-12-04"}, f"{SAID} · entro il 04/12/2026"),
    "application.resubmitted": (
        {**MOVED, "fields": ["pec", "sales_email", "founded_year"], "documents": ["durc"]},
        (f"{SAID} · PEC (domicilio digitale), Referente commerciale: E-mail, "
        "Anno di costituzione / Anno di inizio attività · DURC")),
    "application.review_started": ({**MOVED, **BULK}, f"{SAID} · con un’azione su più richieste"),
    "application.review_released": (MOVED, SAID),
    "application.assigned": (
        {**MOVED, "to_name": "Marco", "from_name": "Anna", "to_subject": "m", "from_subject": "a"},
        f"{SAID} · Anna → Marco"),
    "application.review_expired": ({**MOVED, "from_name": "Anna", "from_subject": "a"},
                                   f"{SAID} · prima in carico: Anna"),
    "application.outcome_proposed": ({"proposed": "reject", "reason": "R03"},
                                     ("Respinta · R03 I requisiti tecnici non sono sufficienti per la categoria "
                                     "richiesta")),
    "application.proposal_withdrawn": (MOVED, SAID),
    "application.copied_as_new": ({"to_state": "rejected", "from_state": "rejected"}, "Respinta"),
    "application.approved": (
        {**DECIDED, "granted": ["L10"], "refused": {"L11": "R11"}, "reserve_until": "2027-01-31"},
        ("In valutazione → Accettata · proposta di Marco Riva: Accettata · L10 Ponteggi · L11 Manutenzione impianti: "
        "R11 La categoria non è di interesse al momento · riserva fino al 31/01/2027")),
    "application.rejected": ({**DECIDED, "to_state": "rejected", "proposed": "reject", "reason": "R07"},
                             ("In valutazione → Respinta · proposta di Marco Riva: Respinta · "
                             "R07 L'impresa è cessata o soggetta a procedura concorsuale")),
    "application.withdrawn": ({"to_state": "withdrawn", "from_state": "submitted"}, "Inviata → Ritirata"),
    "application.expired": ({"to_state": "expired", "from_state": "information_requested", "reason": "R02"},
                            ("Integrazioni richieste → Scaduta · "
                            "R02 Le integrazioni richieste non sono arrivate nei termini")),
    "application.erased": ({"from_state": "expired"}, "Scaduta"),
    "application.exported": ({"format": "json"}, "JSON"),
    "application.check_recorded": ({"check": "durc_online", "result": "positive"}, "DURC · Positivo"),
    "application.section_judged": ({"section": "sede", "verdict": "doubtful"}, "Sede e recapiti · Dubbia"),
    "application.opinion_asked": ({"area": "hse"}, "Salute, sicurezza e ambiente"),
    "application.opinion_given": ({"area": "hse", "outcome": "favourable"},
                                  "Salute, sicurezza e ambiente · Favorevole"),
    "application.opinion_ended": ({"area": "hse"}, "Salute, sicurezza e ambiente"),
    "application.likeness_marked": ({"mark": "same", "number": "F00007"}, "Stessa impresa · F00007"),
    "application.late_told": ({"promised": "2026-12-04"}, "risposta promessa per il 04/12/2026"),
    "application.letter_resent": ({"message": "status_link"}, "Collegamento allo stato"),
    "application.legal_hold_set": ({"review_on": "2027-01-31"}, "da rivedere il 31/01/2027"),
    "document.uploaded": ({**FILE, "files": ["7f7c"], "copied_from": "7f7c"},
                          "versione 2 · copiato dalla domanda precedente"),
    "document.removed": ({**FILE, "files": ["7f7c"]}, "versione 2"),
    "document.not_due_declared": (FILE, "versione 2"),
    "document.verified": ({**FILE, "verdict_before": "to_check"}, "versione 2"),
    "document.rejected": ({**FILE, "reason": "D02", "verdict_before": "to_check"},
                          "versione 2 · D02 Il documento è scaduto"),
    "document.downloaded": ({"file": "7f7c"}, ""),
    "document.infected": ({"file": "7f7c"}, ""),
    "document.copy_erased": ({**FILE, "verdict": "valid"}, "versione 2 · Verificato"),
    "document.version_erased": ({**FILE, "verdict": "replaced"}, "versione 2 · Sostituito"),
    "supplier.qualified": ({"leaves": ["L10"], "number": "F00123"}, "L10 Ponteggi · F00123"),
    "supplier.data_changed": ({"fields": ["sales_email"], "section": "referenti"},
                              "Referente commerciale: E-mail · Referenti"),
    "supplier.suspended": ({"reason": "R04", "to_state": "suspended", "documents": ["durc"], "from_state": "qualified"},
                           "R04 La documentazione obbligatoria è scaduta o non valida · DURC · Qualificato → Sospeso"),
    "supplier.reinstated": ({"to_state": "qualified", "from_state": "suspended"}, "Sospeso → Qualificato"),
    "supplier.category_dropped": ({"leaves": ["L10"], "reason": "R04", "documents": ["durc"]},
                                  "L10 Ponteggi · R04 La documentazione obbligatoria è scaduta o non valida · DURC"),
    "supplier.category_restored": ({"leaves": ["L10"]}, "L10 Ponteggi"),
    "supplier.revocation_asked": ({"reason": "R13"}, "R13 Grave inadempimento contrattuale"),
    "supplier.revoked": ({"reason": "R13", "to_state": "revoked", "from_state": "expired"},
                         "R13 Grave inadempimento contrattuale · Qualifica scaduta → Revocato"),
    "account.created": ({"username": "f00123-01"}, "f00123-01"),
    "account.access_sent": ({"mode": "link"}, ""),
    "account.failed": ({"reason": "L’utenza non è nel gruppo"}, "L’utenza non è nel gruppo"),
    "account.revoked": ({"username": "f00123-01", "reason": "A2"}, "f00123-01 · A2 Uso sospetto"),
    "account.suspended": ({"reason": "A2"}, "A2 Uso sospetto"),
    "account.email_change_refused": ({"reason": "A Keycloak l'indirizzo è di un'altra persona"},
                                     "A Keycloak l'indirizzo è di un'altra persona"),
    "account.access_resent": ({"number": 2}, "n. 2"),
    "account.job_retried": ({"kind": "account.send_access"}, "Nuovo invio dei dati di accesso"),
    "account.membership_added": ({"username": "f00123-01", "number": "F00124"}, "f00123-01 · F00124"),
    "account.membership_ended": ({"username": "f00123-01", "number": "F00124"}, "f00123-01 · F00124"),
    "account.readmitted": ({"username": "f00123-01", "number": "F00124", "reason": "Chiarito"},
                           "f00123-01 · F00124 · Chiarito"),
    "account.suppliers_written": ({"number": "F00123, F00124"}, "F00123, F00124"),
    "account.link_confirmed": ({"username": "luca.ferri"}, "luca.ferri"),
    "account.linked": ({"username": "luca.ferri"}, "luca.ferri"),
    "account.cancelled": ({"username": "f00123-01", "reason": "Rinuncia"}, "f00123-01 · Rinuncia"),
    "account.job_cancelled": ({"kind": "account.send_access", "reason": "Rinuncia"},
                              "Nuovo invio dei dati di accesso · Rinuncia"),
    "mail.cancelled": ({"message": "status_link", "reason": "Rinuncia"}, "Collegamento allo stato · Rinuncia"),
    "account.drift_repaired": ({"drift": "missing", "username": "f00123-01"}, "Utenza mancante · f00123-01"),
    "mail.bounced": ({"message": "status_link", "code": "5.1.1"}, "Collegamento allo stato · 5.1.1"),
    "mail.address_lifted": ({"message": "status_link", "letters": 1}, "Collegamento allo stato · 1 e-mail riprovata"),
    "job.retried": ({"kind": "document.scan"}, "Controllo antivirus di un file"),
    "mail.retried": ({"message": "status_link"}, "Collegamento allo stato"),
    "invitation.extended": ({"until": "2027-01-31"}, "fino al 31/01/2027"),
    "invitation.erased": ({"from_state": "expired"}, "Scaduto"),
    "invitation_sheet.confirmed": ({"rows": 23}, "Invita 23 imprese"),
    "bulk.confirmed": ({"rows": 23, "action": "take", "starts_at": "2026-12-04T10:00:00+00:00"},
                       "23 richieste · Prendi in carico più richieste"),
    "bulk.ended": ({"done": 20, "refused": 3}, "Eseguite 20 su 23."),
    "exclusion.added": ({"review_on": "2027-01-31"}, "da rivedere il 31/01/2027"),
    "exclusion.renewed": ({"before": "2027-01-31", "review_on": "2028-01-31"},
                          "da rivedere: 31/01/2027 → 31/01/2028"),
    "administration.edited": ({"key": "R11", "kind": "reason", "version": 2}, f"Motivi: {R11} · Versione 2"),
    "administration.restored": ({"key": "R11", "kind": "reason", "version": 3}, f"Motivi: {R11} · Versione 3"),
    "export.made": ({"rows": 23, "query": "stato=", "format": "csv"}, "23 richieste · tutti gli stati · CSV"),
    "export.downloaded": ({"rows": 1, "query": "", "format": "xlsx"},
                          "1 richiesta · tutte le richieste aperte · Excel (XLSX)"),
    "audit.exported": (
        {"al": "31/12/2026", "chi": "Marco", "dal": "01/12/2026", "cosa": "document.verified", "numero": "P-2026-0151"},
        "fino al 31/12/2026 · chi: Marco · dal 01/12/2026 · Documento verificato · P-2026-0151"),
    "audit.verified": (
        {"head": 7, "count": 1, "events": 7, "against": 5, "waiting": 0, "problems": [["changed", 2, 0]]},
        "1 problema"),
}  # fmt: skip
VERBS = (*(f"{one}(session, " for one in ("record", "move", "_record", "_decide", "_judge")), "trail.signed(")
# of these the type is handed on: `administration.actions.edit`, `exporting.actions.note_streamed`
OTHERWISE = {"administration.edited", "administration.restored"}


def event(type_: str, data: dict[str, Any]) -> AuditEvent:
    return AuditEvent(
        type=type_, subject_type=type_.partition(".")[0], data=data, by_subject="marco", by_name="Marco Riva"
    )


@pytest.mark.parametrize("type_", RECORDED)
def test_details_are_said_in_the_words_of_their_event(type_: str) -> None:
    data, said = RECORDED[type_]
    assert details(event(type_, data), READER) == said


@pytest.mark.parametrize(
    ("query", "said"),
    [("assegnatario=me", "assegnata «Marco Riva»"), ("assegnatario=anna", "assegnata «Anna Bassi»"),
     ("assegnatario=nobody", "assegnata «A nessuno»"), ("stato=approved&categoria=SC",
                                                        "stato «Accettata», categoria «Società di capitali»")],
)  # fmt: skip
def test_filter_of_an_export_names_people_as_whoever_made_it_meant_them(query: str, said: str) -> None:
    for reader in (READER, Principal("anna", "Anna Bassi", READER.roles)):
        assert details(event("export.made", {"query": query}), reader, PEOPLE) == said


# what the code records


def test_every_recorded_event_has_a_name_and_all_its_details_have_words() -> None:
    found = list(recorded())
    assert len(found) > 80
    assert EVENTS.keys() - {type_ for type_, _names in found} == OTHERWISE
    for type_, names in found:
        assert type_ in EVENTS, type_
        assert names <= RECORDED.get(type_, ({}, ""))[0].keys() | COMMON.keys(), type_


def recorded() -> Iterator[tuple[str, set[str]]]:
    """Give type and details of every event that the code records, as far as its text says them."""
    for path in sorted(SERVICE.rglob("*.py")):
        name = ".".join(path.relative_to(SERVICE.parent).with_suffix("").parts)
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call).startswith(VERBS):
                types = set(types_of(call, name))
                assert types or ast.unparse(call.func) in {"record", "move"}, (name, call.lineno)
                names = {one.arg for one in call.keywords if one.arg} - {"by", "note"}
                yield from ((type_, names) for type_ in types)


def types_of(call: ast.Call, module: str) -> Iterator[str]:
    """Give the types a call may record: written there, or by the name of a constant; none for what it was handed."""
    prefix = "supplier." if ast.unparse(call.func) == "_record" and module.startswith("service.suppliers.") else ""
    for node in (node for argument in call.args for node in ast.walk(argument)):
        value = getattr(importlib.import_module(module), node.id, None) if isinstance(node, ast.Name) else None
        value = node.value if isinstance(node, ast.Constant) else value
        if isinstance(value, str) and f"{prefix}{value}" in EVENTS:
            yield f"{prefix}{value}"
