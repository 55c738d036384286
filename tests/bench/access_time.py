"""From the approver's click to the access mail in the mailbox, Keycloak idle: `python -m tests.bench access`.

Starts a stack of its own, with the worker's real pace of looking for work, and prints each time and the median.
"""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from service.local.progress import Progress
from service.local.settings import LocalSettings, Ports
from service.wiring import make_stack
from tests.browser import journeys
from tests.browser.journeys import Company
from tests.support import browser
from tests.support.environment import SEED
from tests.support.mailbox import Mailbox
from tests.support.stack import RunningStack

AIM_SECONDS = 2.0


def one(page: Page, stack: RunningStack) -> float:
    """Accept one company; give the seconds from the click to the mail."""
    applicant = Company.new()
    journeys.open_application(page, stack, journeys.under_review(stack, applicant))
    page.get_by_role("link", name="Accetta", exact=True).click()
    button = page.get_by_role("button", name="Conferma: accetta")
    button.wait_for()
    begun = time.perf_counter()
    button.click(no_wait_after=True)
    stack.mailbox.wait_for(applicant.email, journeys.ACCESS)
    return time.perf_counter() - begun


def measure(stack: RunningStack, times: int) -> list[float]:
    """Sign the approver in and accept so many companies, one after the other; a first one warms up."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(browser.find()), args=browser.ARGUMENTS)
        page = chromium.new_page(locale="it-IT")
        journeys.sign_in_staff(page, stack, "approver")
        one(page, stack)
        return [one(page, stack) for _ in range(times)]


def main(times: int = 7) -> bool:
    """Print the figures; say whether the median holds the aim."""
    with tempfile.TemporaryDirectory() as folder:
        parts = make_stack(LocalSettings(Path(folder) / "stack", Ports.free(), seed=SEED), {}, is_snapshot=True)
        try:
            with Progress.silent() as progress:
                parts.start(progress)
            stack = RunningStack(parts, Mailbox(parts.local.mailbox_url.replace("localhost", "127.0.0.1")))
            seconds = measure(stack, times)
        finally:
            parts.stop()
            parts.postgres.remove()
    median = statistics.median(seconds)
    print(
        "dal clic all'e-mail di accesso:", " ".join(f"{one:.2f}" for one in sorted(seconds)), f"mediana {median:.2f} s"
    )
    return median <= AIM_SECONDS
