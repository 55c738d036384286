"""The page of the documents over HTTP: which forms it has, and a paper for each of them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from fastapi.testclient import TestClient

from tests.support import papers

TASKS = "/registrazione/bozza"
DOCUMENTS = f"{TASKS}/documenti"
MOST = 40


@dataclass(slots=True)
class Sheet:
    """The form of one document: its place on the page, where it goes, the names of what is typed beside the file."""

    anchor: str
    action: str
    names: list[str] = field(default_factory=list)


class _Sheets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Sheet] = []
        self._open: Sheet | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and "data-upload" in given:
            self._open = Sheet(given["data-upload"], given["action"])
            self.found.append(self._open)
        elif self._open and tag in {"input", "select", "textarea"} and "-" in given.get("name", ""):
            self._open.names.append(given["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def sheets(page: str) -> list[Sheet]:
    """Give the forms for documents of a page."""
    reader = _Sheets()
    reader.feed(page)
    return reader.found


def give_documents(client: TestClient, *, signs: bytes | None = None) -> list[str]:
    """Upload one paper for every document the page asks for, one after the other; gives their places in order."""
    given: list[str] = []
    for _ in range(MOST):
        page = client.get(DOCUMENTS)
        assert page.status_code == 200, page.text
        sheet = next((one for one in sheets(page.text) if one.anchor not in given), None)
        if sheet is None:
            break
        paper = papers.paper_for(sheet.anchor, len(given), signs=signs)
        reply = client.post(
            sheet.action,
            data=papers.details(sheet.names),
            files={"file": (paper.name, paper.content, paper.media_type)},
        )
        assert reply.status_code == 303, f"{sheet.anchor}: {reply.status_code} {reply.text}"
        given.append(sheet.anchor)
    return given
