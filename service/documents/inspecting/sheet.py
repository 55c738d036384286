"""A spreadsheet (XLSX, ODS): the cells of its first sheet as lists of plain values, and nothing else of it.

One far cell makes the library lay out millions of empty ones: only the limits of the child stand against that.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO

from service.documents.inspecting.limits import Answer, Limits, RefusedError, Targets


def read_sheet(data: bytes, targets: Targets, limits: Limits) -> Callable[[], Answer]:
    """Write the first rows of the first sheet as JSON; a date as ISO 8601."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    def run() -> Answer:
        try:
            sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0)
            rows = sheet.to_python(skip_empty_area=False, nrows=limits["rows"])
        except (CalamineError, ValueError, IndexError) as error:
            raise RefusedError("broken") from error
        cells = [[_plain(cell) for cell in row[: limits["columns"]]] for row in rows]
        targets[0].write(json.dumps(cells).encode())
        targets[0].flush()
        return {"pages": len(rows), "flags": [], "signed": False}

    return run


def _plain(cell: object) -> object:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return cell if isinstance(cell, int | float | str) else str(cell)
