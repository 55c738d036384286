"""A mail server that goes wrong for three days: nothing lost, nothing doubled but what it took unheard (G8)."""

import html
import os
from collections import Counter
from collections.abc import Iterator
from typing import cast

import pytest
from sqlalchemy import func, select, text

from service.applications.models import Application
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.jobs.outbox import post
from service.jobs.queue import PATIENCE_HOURS
from service.local.postgres import PostgresCluster
from service.mail.models import Delivery, DeliveryStatus
from service.mail.stops import StoppedAddress
from service.worker.loop import Worker
from tests.support.mail_lottery import MailLottery
from tests.support.mailbox import Mailbox
from tests.support.outage import World, make_world
from tests.support.tally import Tally
from tests.support.trouble import PLAIN

pytestmark = pytest.mark.xdist_group("outages")
SEED = int(os.environ.get("OUTAGE_SEED", "8"))
LETTER = "application_withdrawn"
BAD = 3  # addresses that do not exist
# all that waits is moved into the past by as much as the next try is away
SLEEP = text("""
with gap as (select greatest(0, extract(epoch from min(run_at) - clock_timestamp())) + 0.01 seconds
             from job where status = 'ready')
update job set run_at = run_at - make_interval(secs => gap.seconds),
       state = case when state ? 'since'
               then jsonb_set(state, '{since}', to_jsonb((state->>'since')::float - gap.seconds)) else state end
  from gap where status = 'ready' returning gap.seconds
""")


@pytest.fixture
def world(postgres: PostgresCluster, mailbox: Mailbox, request: pytest.FixtureRequest) -> Iterator[World]:
    """Companies to write to, over a line of chances."""
    port = request.getfixturevalue("parts").local.ports.smtp_port
    mailbox.clear()
    with make_world(postgres, mailbox, port, getattr(request, "param", 1), MailLottery) as made:
        made.worker_settings |= {
            "PROACTIVE_BACKOFF_BASE_SECONDS": "1", "PROACTIVE_MAIL_TIMEOUT_SECONDS": "1.5",
        }  # fmt: skip
        yield made
    mailbox.behave()


def line_of(world: World) -> MailLottery:
    return cast("MailLottery", world.lines["mail"])


def write_to_all(world: World, suffix: str = "") -> None:
    with transaction(world.engine) as session:
        for about in session.scalars(select(Application.id)):
            post(session, LETTER, about, suffix=suffix)


def sleep(world: World) -> float:
    """Let the time until the next try pass at once; give its hours, 0 when nothing waits."""
    with transaction(world.engine) as session:
        return float(session.scalars(SLEEP).first() or 0) / 3600


def work_for_days(world: World, worker: Worker) -> float:
    """Work until nothing waits; give the hours that it took."""
    hours = 0.0
    while True:
        worker.work_off()
        slept = sleep(world)
        if not slept:
            return hours
        hours += slept


def jobs(world: World, status: JobStatus) -> list[Job]:
    with transaction(world.engine) as session:
        return list(session.scalars(select(Job).where(Job.status == status, Job.kind == "mail.send")))


def activities(world: World) -> str:
    return html.unescape(world.staff.get("/gestione/attivita").text)


def test_mail_server_away_for_three_days_is_tried_until_then_and_shown(world: World) -> None:
    write_to_all(world)
    worker, hours, tries = world.worker(20_000), 0.0, 0
    with world.lines["mail"].trouble(b"", PLAIN["refused"]):
        while not jobs(world, JobStatus.STUCK):
            worker.work_off()
            tries, hours = tries + 1, hours + sleep(world)
            (job,) = jobs(world, JobStatus.READY) or jobs(world, JobStatus.STUCK)
            assert job.attempts == tries
    assert PATIENCE_HOURS <= hours < PATIENCE_HOURS + 8
    assert tries > 15
    page = activities(world)
    assert "Il server di posta non risponde" in page
    assert f'action="/gestione/attivita/{job.id}/riprova"' in page
    assert not world.mailbox.messages()
    world.try_again(job)
    worker.work_off()
    worker.engine.dispose()
    assert len(world.mailbox.messages()) == 1


def test_server_that_offers_no_encryption_hears_neither_password_nor_letter(world: World) -> None:
    world.worker_settings |= {
        "PROACTIVE_SMTP_SECURITY": "starttls", "PROACTIVE_SMTP_USERNAME": "icri", "PROACTIVE_SMTP_PASSWORD": "segreta-1"
    }  # fmt: skip
    write_to_all(world)
    worker = world.worker(20_000)
    with world.lines["mail"].trouble(rb"(?i)^(auth|mail from)", PLAIN["hang"]) as said:
        worker.work_off()
    worker.engine.dispose()
    (job,) = jobs(world, JobStatus.READY)
    assert "la cifratura" in (job.last_error or "")
    assert said.hits == 0
    assert not world.mailbox.messages()


@pytest.mark.parametrize("world", [60], indirect=True)
def test_sixty_letters_at_a_third_of_faults_all_arrive(world: World) -> None:
    endure(world, Tally("G8, short", SEED))


@pytest.mark.long
@pytest.mark.parametrize("world", [1000], indirect=True)
def test_thousand_letters_at_a_third_of_faults_all_arrive(world: World, request: pytest.FixtureRequest) -> None:
    tally = Tally("G8, mail", SEED)
    endure(world, tally)
    tally.tell(request.config)


def endure(world: World, tally: Tally) -> None:
    line, worker = line_of(world), world.worker(20_000)
    write_to_all(world)
    with transaction(world.engine) as session:
        addresses = sorted(session.scalars(select(Application.contact_email)))
    bad = addresses[:BAD]
    world.mailbox.misbehave(recipients=dict.fromkeys(bad, 550))
    line._random.seed(SEED)
    line.chance = 0.3
    hours = work_for_days(world, worker)
    assert hours < PATIENCE_HOURS
    stuck = jobs(world, JobStatus.STUCK)
    tally.counted.update({"letters": len(addresses), "minutes of retries": round(hours * 60)})
    tally.counted.update({"faults": sum(line.drawn.values()), "refused for good": len(stuck)})
    check_refused_are_shown(world, stuck, bad)
    mend(world, worker, bad)
    arrived = Counter(mail.to for mail in world.mailbox.messages())
    lost = [one for one in addresses if not arrived[one]]
    doubled = {one: number - 1 for one, number in arrived.items() if number > 1 + (one in bad)}
    tally.counted.update({"lost": len(lost), "doubled": len(doubled), "taken unheard": sum(line.taken.values())})
    tally.counted["doubled otherwise"] = sum(number > line.taken[one] for one, number in doubled.items())
    assert (lost, tally.counted["doubled otherwise"]) == ([], 0)
    assert not jobs(world, JobStatus.STUCK)
    check_doubles_are_noted(world, doubled)
    worker.engine.dispose()


def check_refused_are_shown(world: World, stuck: list[Job], bad: list[str]) -> None:
    """Each is stuck with our sentence, in the log of letters too; the addresses that do not exist are stopped."""
    assert all((job.last_error or "").startswith(("Il server di posta ha rifiutato", "L'indirizzo non esiste"))
               for job in stuck)  # fmt: skip
    page = activities(world)
    assert all(
        f'action="/gestione/attivita/{job.id}/riprova"' in page for job in sorted(stuck, key=lambda j: -j.id)[:50]
    )
    with transaction(world.engine) as session:
        failed = select(func.count()).select_from(Delivery).where(Delivery.status == DeliveryStatus.FAILED)
        assert session.scalar(failed) == len(stuck)
        stops = list(session.scalars(select(StoppedAddress.address)))
    assert set(stops) <= set(bad)
    assert all(one in page for one in stops)


def mend(world: World, worker: Worker, bad: list[str]) -> None:
    """Nothing more goes to a stopped address until staff say that it is good; then, and after "Riprova ora", all go."""
    line = line_of(world)
    with transaction(world.engine) as session:
        stops = list(session.scalars(select(StoppedAddress)))
        for about in session.scalars(select(Application.id).where(Application.contact_email.in_(bad))):
            post(session, LETTER, about, suffix="2")
    line.chance = 0.0
    before = line.connections
    with transaction(world.engine) as session:
        held = {one.address for one in stops}
    work_for_days(world, worker)
    assert line.connections - before == BAD - len(held)  # those whose first letter met another refusal
    world.mailbox.behave()
    line.chance = 0.3
    with transaction(world.engine) as session:
        stops = list(session.scalars(select(StoppedAddress)))
    for one in stops:
        assert world.staff.post(f"/gestione/indirizzi/{one.delivery_id}/buono", data={}).status_code == 303
    for _ in range(20):
        for job in jobs(world, JobStatus.STUCK):
            world.try_again(job)
        work_for_days(world, worker)
        if not jobs(world, JobStatus.STUCK):
            return


def check_doubles_are_noted(world: World, doubled: dict[str, int]) -> None:
    with transaction(world.engine) as session:
        notes = select(Delivery.error).where(Delivery.to_address.in_(doubled))
        assert all(note == "possibile doppio invio" for note in session.scalars(notes))
