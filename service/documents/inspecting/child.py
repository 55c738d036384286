"""Parses one received file in a process of its own, started by `inspection`.

It answers with one JSON line. The limits are set before a library is loaded; before the first byte is parsed the
process also loses the right to open anything: no file, no socket, no further process.
"""

import json
import sys
from pathlib import Path

from service.documents.inspecting import cms, image, pdf, sheet
from service.documents.inspecting.limits import Answer, Limits, RefusedError, close_doors, limit

RUNS = {
    ("inspect", "pdf"): pdf.inspect_pdf,
    ("inspect", "image"): image.inspect_image,
    ("inspect", "p7m"): cms.inspect_p7m,
    ("read", "sheet"): sheet.read_sheet,
    ("draw", "pdf"): pdf.draw_pdf,
    ("draw", "image"): image.draw_image,
}


def main(verb: str, kind: str, source: str, folder: str, spelled: str) -> None:
    """Limit, load, open, close the doors, parse, answer."""
    limits: Limits = json.loads(spelled)
    limit(limits)
    data = Path(source).read_bytes()
    names = [str(page) for page in range(1, limits["pages"] + 1)] if verb == "draw" else ["kept"]
    targets = [(Path(folder) / name).open("wb") for name in names]
    run = RUNS[verb, kind](data, targets, limits)
    close_doors()
    answer: Answer
    try:
        answer = {"why": None, **run()}
    except RefusedError as error:
        answer = {"why": str(error)}
    except Exception:  # noqa: BLE001 - nothing that a file does is a fault of ours
        answer = {"why": "broken"}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
