"""`/metrics` for Prometheus, on a port of its own: the numbers of `/health/ready`, read anew at every scrape.

Web server and worker tell the same, for the numbers are the database's; the lines of the process are each one's own.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.accounts.numbers import Numbers, read_numbers
from service.config import Settings
from service.database import make_engine, transaction


class NumbersCollector(Collector):
    """Reads the numbers when it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """Give every number; without the database that it is away, and no old ones."""
        try:
            with transaction(self._engine) as session:
                found = read_numbers(session)
        except SQLAlchemyError:
            return [Gauge("proactive_database_up", "Whether PostgreSQL answers", value=0)]
        return [Gauge("proactive_database_up", "Whether PostgreSQL answers", value=1), *_told(found)]


def make_registry(engine: Engine) -> CollectorRegistry:
    """Give the registry of one process: the numbers, and the process itself."""
    registry = CollectorRegistry()
    registry.register(NumbersCollector(engine))
    PlatformCollector(registry)
    ProcessCollector(registry=registry)
    return registry


def serve_metrics(settings: Settings, port: int) -> None:
    """Answer on this port in a thread of its own; 0: not at all. Raises: OSError when the port is taken."""
    if not port:
        return
    url = settings.database_url.get_secret_value()
    engine = make_engine(url, pool_size=1, overflow=1, application="metrics")
    start_http_server(port, settings.metrics_host, make_registry(engine))


def _told(found: Numbers) -> list[Metric]:
    jobs = Gauge(
        "proactive_jobs", "Jobs that wait, are stuck, or are late (among those that wait)", labels=["kind", "state"]
    )
    for kind, told in found.by_kind.items():
        for state, number in told.items():
            jobs.add_metric([kind, state], number)
    mails = Gauge("proactive_mails", "Letters of the last 90 days by what became of them", labels=["status"])
    for status, number in found.mails.items():
        mails.add_metric([status], number)
    up = Gauge("proactive_far_side_up", "Whether it answered when last asked", labels=["side"])
    last = Gauge(
        "proactive_far_side_last_success_seconds", "When it last answered, seconds since 1970", labels=["side"]
    )
    for side, seen in found.sides.items():
        if seen.word != "unknown":
            up.add_metric([side.value], seen.failed_at is None)
        if seen.succeeded_at is not None:
            last.add_metric([side.value], seen.succeeded_at.timestamp())
    return [
        jobs,
        Gauge("proactive_job_oldest_seconds", "For how long the oldest job waits", value=found.oldest_seconds),
        up,
        last,
        mails,
        Gauge("proactive_stopped_addresses", "Addresses that sent a letter back", value=found.stopped_addresses),
        Gauge("proactive_accounts_waiting", "Approved people without access yet", value=found.waiting_for_access),
        Gauge("proactive_degraded", "Whether somebody should look", value=found.is_degraded),
    ]
