"""The supplier's documents: how each stands, what was sent, its files. Sending a new version is in `replacing`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from service.documents.models import DocumentFile
from service.documents.repository import Owner, get_file
from service.web.downloads import file_response, preview_response
from service.web.session import require_supplier
from service.web.supplier.addresses import DOCUMENTS
from service.web.supplier.door import AreaRoute, OwnSupplier
from service.web.supplier.reading import lines_of
from service.web.supplier.todo import next_date
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(
    prefix=DOCUMENTS, include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)]
)


@router.get("", name="supplier:documents")
def documents(request: Request, session: Transaction, supplier: OwnSupplier) -> Response:
    """Show every document that is asked, given or not."""
    lines = lines_of(session, supplier, request.app.state.settings)
    return render(
        request, "supplier/documents.html", supplier=supplier, lines=lines, next_date=next_date(supplier, lines)
    )


def own_file(session: Transaction, supplier: OwnSupplier, file_id: UUID) -> DocumentFile:
    """Give a file of the own company. Raises: NotFoundError for any other, as if it were not there."""
    return get_file(session, file_id, owner=Owner(supplier_id=supplier.id))


OwnFile = Annotated[DocumentFile, Depends(own_file, scope="function")]


@router.get("/file/{file_id}", name="supplier:documents.file")  # noqa: FAST003 - read by OwnFile
def download(request: Request, file: OwnFile) -> Response:
    """Give a file back."""
    return file_response(request.app.state.files, file)


@router.get("/file/{file_id}/anteprima/{number}.png", name="supplier:documents.page")  # noqa: FAST003
def preview(request: Request, file: OwnFile, number: int) -> Response:
    """Give the picture of a page."""
    return preview_response(request.app.state.files, file, number)
