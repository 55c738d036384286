"""Files that the portal makes itself, on their way out: PDFs and exports; stored ones are in `downloads`."""

from anyio import CapacityLimiter, to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

from service.applications.papers import Paper
from service.web.downloads import HEADERS, attachment

# a paper keeps a processor busy: however many are asked for, the pages have theirs
AT_ONCE = CapacityLimiter(2)


def made_file(content: bytes, name: str, media_type: str) -> Response:
    """Give a file to be saved under a name; a browser that shows it all the same runs nothing in it."""
    return Response(content, media_type=media_type, headers={**HEADERS, "Content-Disposition": attachment(name)})


class PaperResponse(Response):
    """A PDF made while the answer leaves: the request's transaction has ended, its connection serves others."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(media_type="application/pdf")
        self.paper = paper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the PDF beside the event loop and send it."""
        content = await to_thread.run_sync(self.paper.make, limiter=AT_ONCE)
        await made_file(content, self.paper.name, "application/pdf")(scope, receive, send)
