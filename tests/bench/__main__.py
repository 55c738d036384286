"""`python -m tests.bench NAME [--rounds 5] [--json out.json]`: one measure, or all; 1 past a gate.

`page form` and `page queue` are two; `page` alone is both.

The gates are those of performance.md, of `neutral` G13 of security.md.
"""

import argparse
import importlib
import sys
from pathlib import Path

MODULES = {
    "access": "access_time", "page form": "page", "page queue": "queue_page", "submit": "submit", "list": "listing",
    "export": "export", "approve": "approve", "neutral": "neutral", "outage": "outage",
}  # fmt: skip
NAMES = tuple(MODULES)
# the arguments of a measure, by the options that give them
OPTIONS = {
    "page form": {"section": "section", "every_server": "servers"},
    "submit": {"section": "section"},
    "list": {"sizes": "sizes"},
    "approve": {"count": "count"},
}
ALL = "all"


def main() -> int:
    """Parse and measure; each measure imports only what it needs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", nargs="+", help=", ".join((*NAMES, ALL)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, dest="json_file")
    parser.add_argument("--section", default="anagrafica", help="of `page` and `submit`")
    parser.add_argument("--servers", action="store_true", help="of `page`: Django under every server there is")
    parser.add_argument("--sizes", default="10k,100k", help="of `list`, up to 1m")
    parser.add_argument("--count", action="store_true", help="of `approve`: requests, not times")
    parser.add_argument("--pairs", type=int, default=2000, help="of `neutral`")
    given = parser.parse_args()
    wanted = " ".join(given.name)
    chosen = [name for name in NAMES if wanted == ALL or f"{name} ".startswith(f"{wanted} ")]
    if not chosen:
        parser.error(f"{wanted}: {', '.join((*NAMES, ALL))}")
    holds = [measure(name, given) for name in chosen]
    return int(not all(holds))


def measure(name: str, given: argparse.Namespace) -> bool:
    """Do one measure; say whether its gates hold."""
    module = importlib.import_module(f"tests.bench.{MODULES[name]}")
    if name == "access":
        return bool(module.main())
    times = given.pairs if name == "neutral" else given.rounds
    wanted = {argument: getattr(given, option) for argument, option in OPTIONS.get(name, {}).items()}
    return bool(module.main(times, given.json_file, **wanted))


if __name__ == "__main__":
    sys.exit(main())
