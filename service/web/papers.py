"""Answers that are files to keep: PDFs made by the portal, exports. Never opened inside a page of ours."""

from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from service.applications.papers import Paper

SANDBOX = "sandbox; default-src 'none'"


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Give a file to be saved under a name of ours (plain ASCII); a browser that shows it all the same runs nothing."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


class PaperResponse(Response):
    """A PDF made while the answer leaves: the request's transaction has ended, its connection serves others."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(media_type="application/pdf")
        self.paper = paper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the PDF beside the event loop and send it."""
        content = await run_in_threadpool(self.paper.make)
        await attachment(content, self.paper.name, "application/pdf")(scope, receive, send)
