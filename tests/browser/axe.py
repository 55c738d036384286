"""Accessibility of one page: no violation of WCAG 2.2 AA nor of axe's best practices (ui.md section 16)."""

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ALL = {"type": "tag", "values": list(TAGS)}
LAYOUT = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}  # what another width may change
_axe = Axe()


def axe(page: Page, rules: Mapping[str, Any] = ALL) -> None:
    """Raises: AssertionError naming each rule, how grave it is and where."""
    if not page.evaluate("'axe' in window"):  # the script is large: once a page is enough
        page.evaluate(_axe.axe_script)
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    violations = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    told = [
        f"{violation['impact']}: {violation['id']} ({violation['help']})\n"
        + "\n".join(f"    {node['target']} {node['html'][:200]}" for node in violation["nodes"][:5])
        for violation in violations
    ]
    assert not told, f"{page.url} at {page.viewport_size}:\n" + "\n".join(told)
