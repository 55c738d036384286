"""The duplicate radar: what pages must not look for, for nobody may learn from their time who is known (G13)."""

from uuid import UUID

from service.applications.radar.scanning import scan_application, scan_supplier
from service.worker.bench import Bench


def scan(bench: Bench) -> None:
    """Keep what looks like an application or supplier; safe to repeat."""
    scans = {"application": scan_application, "supplier": scan_supplier}
    with bench.completion() as session:
        for what, one in bench.job.args.items():
            scans[what](session, UUID(one))
