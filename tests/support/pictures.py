"""The pictures of the README, with the demonstration's data: `python -m tests.support.pictures`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from service.local import demo
from service.local.examples import complete_form
from tests.browser.hands import answer
from tests.support import browser
from tests.support.world import World, at_rest, staffed

FOLDER = Path(__file__).parents[2] / "service" / "docs" / "pictures"


def form(page: Page, world: World) -> None:
    """Show a section with two answers to put right."""
    page.goto(f"{world.url}/registrazione/avvio?categoria=SC")
    save(page, complete_form("SC", "avvio", 3))
    page.goto(f"{world.url}/registrazione/bozza/anagrafica")
    name = "Termoidraulica Ferrari & Figli S.r.l."
    save(page, complete_form("SC", "anagrafica", 3) | {"company_name": [name], "tax_code": ["0082100397"], "pec": [""]})
    page.evaluate("document.activeElement.blur()")


def save(page: Page, answers: dict[str, list[str]]) -> None:
    """Fill in a form and press its button."""
    answer(page, answers)
    page.locator("main form .btn-primary").click()
    page.wait_for_load_state()


def take(page: Page, name: str) -> None:
    """Keep what the window shows."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Start a portal, fill it, look at it."""
    with tempfile.TemporaryDirectory(prefix="proactive-pictures-") as folder, sync_playwright() as playwright:
        Path(folder).chmod(0o711)
        with at_rest(Path(folder) / "stack") as parts, staffed(parts) as world:
            demo.run(world.settings)
            chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGUMENTS)
            context = chromium.new_context(
                locale="it-IT", timezone_id="Europe/Rome", viewport={"width": 1280, "height": 900},
                reduced_motion="reduce",
            )  # fmt: skip
            page = context.new_page()
            page.goto(world.url)
            take(page, "home")
            form(page, world)
            take(page, "form")
            name, value = world.cookies["anna"]
            context.add_cookies([{"name": name, "value": value, "url": world.url}])
            page.goto(f"{world.url}/gestione/richieste?stato=")
            take(page, "queue")
            chromium.close()


if __name__ == "__main__":
    main()
