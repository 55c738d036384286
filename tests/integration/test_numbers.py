"""`/health/ready`, `/metrics` and "Attività" say the same, and the portal stays in service while others are away."""

import re
import threading
import time
import urllib.request
from datetime import timedelta
from typing import Any, cast

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.accounts.port import UnavailableError
from service.adapters.metrics import make_registry, serve_metrics
from service.clock import utc_now
from service.config import load_settings
from service.database import make_engine
from service.jobs.far_sides import FarSide, Side, note_answer
from service.jobs.models import Job
from service.jobs.queue import enqueue
from service.local.processes import free_port
from service.mail.port import MailUnavailableError
from service.worker.loop import Worker
from tests.support.bouncing import Box, Post, bounce, work
from tests.support.environment import in_process_environment
from tests.support.staff_portal import ANNA, Portal, staff_portal

__all__ = ["staff_portal"]
SAMPLE = re.compile(r"^(proactive_\w+?)(?:\{(.*)\})? ([\d.e+-]+)$", re.MULTILINE)


def scrape(portal: Portal) -> dict[tuple[str, ...], float]:
    """The samples of /metrics, by name and labels."""
    told = generate_latest(make_registry(portal.app.state.engine)).decode()
    return {(name, *re.findall(r'="(.*?)"', labels)): float(value) for name, labels, value in SAMPLE.findall(told)}


def ready(portal: Portal) -> dict[str, Any]:
    answer = portal.browser().get("/health/ready")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def shown(portal: Portal) -> dict[str, str]:
    page = portal.browser(ANNA).get("/gestione/attivita").text
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


def test_three_places_tell_the_same_numbers(staff_portal: Portal) -> None:
    number, post = staff_portal.approved(), Post()
    work(staff_portal, post)
    address = staff_portal.application(number).contact_email
    work(staff_portal, post, Box(bounce(address, post.to(address)[-1])))
    staff_portal.run(lambda s: enqueue(s, "mail.send", "eins", {"message": "x", "about": "y"}))
    staff_portal.run(lambda s: enqueue(s, "document.scan", "zwei", {}))
    staff_portal.run(lambda s: s.execute(text("update job set status = 'stuck' where key = 'zwei'")))
    staff_portal.run(lambda s: s.execute(text("update job set run_at = now() - interval '1 hour' where key = 'eins'")))
    staff_portal.run(lambda s: note_answer(s, Side.KEYCLOAK))
    staff_portal.run(lambda s: note_answer(s, Side.SMTP, failure="Il server di posta non risponde"))

    health, metrics, page = ready(staff_portal), scrape(staff_portal), shown(staff_portal)
    assert health["jobs"] == {"ready": 1, "stuck": 1, "late": 1}
    assert health["jobs_by_kind"]["document.scan"] == {"ready": 0, "stuck": 1, "late": 0}
    for kind, told in health["jobs_by_kind"].items():
        assert {state: metrics["proactive_jobs", kind, state] for state in told} == told
    assert [page[f"Attività {word}"] for word in ("in attesa", "bloccate", "in ritardo")] == ["1", "1", "1"]
    assert 3590 < health["oldest_seconds"] < 3700
    assert abs(metrics["proactive_job_oldest_seconds",] - health["oldest_seconds"]) < 60
    assert page["La più vecchia aspetta da"] == "60 minuti"
    assert [health[side] for side in ("keycloak", "smtp", "imap")] == ["ok", "away", "ok"]
    assert [metrics["proactive_far_side_up", side] for side in ("keycloak", "smtp", "imap")] == [1, 0, 1]
    assert page["Keycloak"].startswith("risponde, l’ultima volta il ")
    assert page["Server di posta"].startswith("Il server di posta non risponde, dal ")
    assert set(health["mails"]) == {"sending", "sent", "failed", "bounced", "held"}
    assert {status: metrics["proactive_mails", status] for status in health["mails"]} == health["mails"]
    assert "1 respinta" in page["E-mail degli ultimi 90 giorni"]
    assert health["mails"]["bounced"] == 1
    assert (
        f"{health['mails']['sent']} inviat{'a' if health['mails']['sent'] == 1 else 'e'}"
        in page["E-mail degli ultimi 90 giorni"]
    )
    assert health["stopped_addresses"] == metrics["proactive_stopped_addresses",] == 1
    assert health["waiting_for_access"] == metrics["proactive_accounts_waiting",] == 1
    assert (page["Indirizzi che respingono"], page["Accessi ancora da consegnare"]) == ("1", "1")
    assert (health["status"], metrics["proactive_degraded",]) == ("degraded", 1)
    assert address not in str(health) + str(metrics)


def test_all_well_is_ok_and_nothing_asked_is_no_trouble(staff_portal: Portal) -> None:
    health = ready(staff_portal)
    assert (health["status"], health["keycloak"], health["smtp"], health["imap"]) == ("ok", *["unknown"] * 3)
    assert health["worker"] == "unknown"
    assert "Il worker non lavora" not in staff_portal.browser(ANNA).get("/gestione").text
    assert scrape(staff_portal)["proactive_degraded",] == 0


def forget(portal: Portal, side: Side, minutes: int) -> None:
    """As if it had last answered so long ago."""
    moment = utc_now() - timedelta(minutes=minutes)
    portal.run(lambda s: s.execute(update(FarSide).where(FarSide.name == side.value).values(succeeded_at=moment)))


def test_worker_that_tells_nothing_of_itself_is_away_everywhere(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: [note_answer(s, side) for side in Side])
    health = ready(staff_portal)
    assert (health["status"], health["worker"]) == ("ok", "ok")
    assert shown(staff_portal)["Worker"].startswith("lavora, ")
    for side in Side:
        forget(staff_portal, side, 4)
    health, metrics, page = ready(staff_portal), scrape(staff_portal), shown(staff_portal)
    assert [health[name] for name in ("status", "worker", "keycloak", "smtp", "imap")] == [
        "degraded", "away", "unknown", "unknown", "ok"
    ]  # fmt: skip
    assert (metrics["proactive_degraded",], metrics["proactive_far_side_up", "worker"]) == (1, 0)
    assert ("proactive_far_side_up", "keycloak") not in metrics
    assert page["Worker"].startswith("Nessun worker lavora, dal ")
    assert page["Keycloak"].startswith("non si sa: ")
    for path in ("/gestione", "/gestione/attivita"):
        assert "Il worker non lavora dal " in staff_portal.browser(ANNA).get(path).text
    forget(staff_portal, Side.IMAP, 16)
    assert ready(staff_portal)["imap"] == "unknown"
    staff_portal.run(lambda s: note_answer(s, Side.WORKER))
    assert "Il worker non lavora" not in staff_portal.browser(ANNA).get("/gestione").text
    assert ready(staff_portal)["status"] == "ok"


def test_worker_tells_of_itself_with_the_schedule(staff_portal: Portal) -> None:
    state, nobody = staff_portal.app.state, cast("Any", None)
    worker = Worker(settings=staff_portal.settings, engine=state.engine, provider=nobody, mailer=nobody,
                    files=state.files, scanner=None)  # fmt: skip
    thread = threading.Thread(target=worker._keep_schedule)  # one of those that `run` starts
    thread.start()
    until = time.monotonic() + 20
    while ready(staff_portal)["worker"] != "ok" and time.monotonic() < until:
        time.sleep(0.05)
    worker.stop()
    thread.join()
    assert ready(staff_portal)["worker"] == "ok"


def test_stuck_work_is_told_on_every_page_but_activities_that_list_it(staff_portal: Portal) -> None:
    staff_portal.run(lambda s: enqueue(s, "document.scan", "zwei", {}))
    staff_portal.run(lambda s: s.execute(text("update job set status = 'stuck' where key = 'zwei'")))
    anna = staff_portal.browser(ANNA)
    assert "1 attività è bloccata" in anna.get("/gestione/fornitori").text
    assert "1 attività è bloccata" not in anna.get("/gestione/attivita").text


class Away(Post):
    """Keycloak and mail server in one, both away."""

    def check(self) -> None:
        raise MailUnavailableError("Il server di posta non risponde")

    def find_by_username(self, _username: str) -> None:
        raise UnavailableError("Keycloak non risponde")


class There(Post):
    """Both there."""

    def find_by_username(self, username: str) -> None:
        """Nobody has that name."""


def probe(portal: Portal, both: Any, period: str) -> None:
    state = portal.app.state
    portal.run(lambda s: enqueue(s, "far_sides.probe", f"cron:far_sides.probe:{period}", {}))
    assert Worker(settings=portal.settings, engine=state.engine, provider=both, mailer=both, files=state.files,
                  scanner=None).do_one("worker")  # fmt: skip


def test_keycloak_and_mail_away_is_degraded_and_keeps_when_they_last_answered(staff_portal: Portal) -> None:
    probe(staff_portal, There(), "1")
    first = ready(staff_portal)
    assert (first["status"], first["keycloak"], first["smtp"]) == ("ok", "ok", "ok")
    probe(staff_portal, Away(), "2")
    probe(staff_portal, Away(), "3")
    later = ready(staff_portal)
    assert (later["status"], later["keycloak"], later["smtp"]) == ("degraded", "away", "away")
    assert later["last_success"] == first["last_success"]
    assert later["jobs"] == {"ready": 0, "stuck": 0, "late": 0}
    probe(staff_portal, There(), "4")
    assert ready(staff_portal)["status"] == "ok"


@pytest.mark.parametrize(("kind", "is_woken"), [("account.provision", True), ("mail.send", True), ("x", False)])
def test_side_that_has_come_back_finds_what_waits_for_it(staff_portal: Portal, kind: str, *, is_woken: bool) -> None:
    def wait(session: Session) -> None:
        enqueue(session, kind, "the-job", {}, run_at=utc_now() + timedelta(hours=3))
        session.execute(update(Job).where(Job.key == "the-job").values(last_error="Keycloak non risponde"))

    def is_due() -> bool:
        (job,) = staff_portal.rows(select(Job).where(Job.key == "the-job"))
        return bool(job.run_at <= utc_now())

    staff_portal.run(wait)
    probe(staff_portal, There(), "1")
    probe(staff_portal, Away(), "2")
    probe(staff_portal, Away(), "3")
    assert not is_due()
    probe(staff_portal, There(), "4")
    assert is_due() == is_woken


def test_database_away_is_the_only_red(staff_portal: Portal) -> None:
    engine = staff_portal.app.state.engine
    staff_portal.app.state.engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    try:
        assert staff_portal.browser().get("/health/ready").status_code == 503
        assert scrape(staff_portal) == {("proactive_database_up",): 0}
    finally:
        staff_portal.app.state.engine = engine


def test_metrics_answer_on_a_port_of_their_own(staff_portal: Portal) -> None:
    port, url = free_port(), staff_portal.settings.database_url.get_secret_value()
    serve_metrics(load_settings(in_process_environment(url)), 0)
    serve_metrics(staff_portal.settings, port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        told = answer.read().decode()
    assert "proactive_database_up 1.0" in told
    assert "process_resident_memory_bytes" in told
    with pytest.raises(OSError, match="in use"):
        serve_metrics(staff_portal.settings, port)
