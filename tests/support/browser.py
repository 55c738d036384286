"""Chromium for the tests: the system's, else Playwright's own, else by apt-get as root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> Path | None:
    """Find a browser that is there."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        found = shutil.which(name)
        if found:
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def ensure() -> Path | None:
    """Find one, or get one."""
    found = find()
    if found is None:
        print("Nessun Chromium su questo computer: lo scarico…", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=600)
        found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
        ):
            subprocess.run(["apt-get", *step], check=False, env=quiet, stdin=subprocess.DEVNULL, timeout=600)
        found = find()
    return found


if __name__ == "__main__":
    if ensure() is None:
        sys.exit("Per le prove nel browser serve Chromium: installalo (Debian e Ubuntu: apt install chromium).")
