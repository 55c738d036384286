"""`python -m tests.bench NAME [--rounds 5] [--json out.json]`: one measure, or all; 1 past a gate.

`page form` and `page queue` are two; `page` alone is both.

The gates are those of performance.md, of `neutral` G13 of security.md.
"""

import argparse
import sys
from pathlib import Path

NAMES = ("access", "page form", "page queue", "submit", "list", "export", "neutral")
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
    if name == "page form":
        from tests.bench import page

        return page.main(given.rounds, given.json_file, section=given.section, every_server=given.servers)
    if name == "page queue":
        from tests.bench import queue_page

        return queue_page.main(given.rounds, given.json_file)
    if name == "list":
        from tests.bench import listing

        return listing.main(given.rounds, given.json_file, sizes=given.sizes)
    if name == "submit":
        from tests.bench import submit

        return submit.main(given.rounds, given.json_file, section=given.section)
    if name == "export":
        from tests.bench import export

        return export.main(given.rounds, given.json_file)
    if name == "neutral":
        from tests.bench import neutral

        return neutral.main(given.pairs, given.json_file)
    from tests.bench import access_time

    return access_time.main()


if __name__ == "__main__":
    sys.exit(main())
