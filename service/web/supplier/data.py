"""The supplier's own data: as accepted, and the fields it changes by itself (domain.md section 12)."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response

from service import questionnaire
from service.errors import InvalidError, NotFoundError
from service.locales import N_, gettext
from service.questionnaire import Message, Section
from service.suppliers.actions import CHANGED_MEANWHILE, DataChangedError, change_data
from service.suppliers.models import Supplier
from service.web.answer_views import Editing, answer_sections
from service.web.flash import redirect
from service.web.forms import PostedForm, whole_number
from service.web.section_form import build_form, only
from service.web.session import CurrentPrincipal, require_supplier
from service.web.supplier.addresses import DATA
from service.web.supplier.door import AreaRoute, OwnSupplier
from service.web.templating import render
from service.web.transaction import Transaction

VERSION, MORE = "_versione", "_aggiungi"
NOT_FREE = N_("Il modulo contiene campi che cambiano solo con una variazione. Torna ai dati e riprova.")
router = APIRouter(
    prefix=DATA, include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)]
)


def open_section(supplier: Supplier, slug: str) -> Section:
    """Give a section in which the supplier may change something by itself. Raises: NotFoundError."""
    for section in questionnaire.sections_for(supplier.legal_category):
        if section.slug == slug and questionnaire.free_names(slug, category=supplier.legal_category):
            return section
    raise NotFoundError


@router.get("", name="supplier:data")
def data(request: Request, supplier: OwnSupplier) -> Response:
    """Show what was accepted, with the way to change what is free."""
    category = supplier.legal_category
    free = {
        (slug, name) for slug in questionnaire.FREE_FIELDS for name in questionnaire.free_names(slug, category=category)
    }
    editing = Editing(lambda slug, name: f"{DATA}/{slug}#{name}" if (slug, name) in free else "")
    return render(
        request,
        "supplier/data.html",
        supplier=supplier,
        sections=answer_sections(category, supplier.answers, editing=editing),
        free={slug for slug, _name in free},
    )


@router.get("/{section}", name="supplier:data.section")
def show(request: Request, supplier: OwnSupplier, section: str) -> Response:
    """Show the fields of a section that may be changed at once."""
    page = open_section(supplier, section)
    values = questionnaire.form_values(section, category=supplier.legal_category, answers=supplier.answers)
    return _section_page(request, supplier, page, values, version=str(supplier.version))


@router.post("/{section}", name="supplier:data.section.save")
def save(
    request: Request,
    session: Transaction,
    supplier: OwnSupplier,
    principal: CurrentPrincipal,
    posted: PostedForm,
    *,
    section: str,
) -> Response:
    """Change the data, or show what is wrong with everything typed still there."""
    page, category = open_section(supplier, section), supplier.legal_category
    parsed = questionnaire.parse_free(section, posted, category=category, answers=supplier.answers)
    if parsed.unknown:
        raise InvalidError(gettext(NOT_FREE))
    version, more = posted.one(VERSION), posted.one(MORE)
    if parsed.errors or more:
        values = questionnaire.form_values(section, category=category, answers=supplier.answers)
        typed = questionnaire.typed_values(section, posted, category=category, answers=supplier.answers)
        values |= {name: typed[name] for name in questionnaire.free_names(section, category=category)}
        errors = None if more else parsed.errors  # one more row is asked for, nothing is sent yet
        return _section_page(request, supplier, page, values, errors, version=version, one_more=more)
    seen = whole_number(version)
    if seen is None:
        raise DataChangedError(gettext(CHANGED_MEANWHILE))
    changed = change_data(session, supplier.id, section, parsed.values, version=seen, by=principal)
    said = gettext("Dati aggiornati.") if changed else gettext("Non hai cambiato nulla: i dati restano questi.")
    return redirect(request, DATA, said, "success" if changed else "info")


def _section_page(
    request: Request,
    supplier: Supplier,
    section: Section,
    values: Mapping[str, object],
    errors: Mapping[str, tuple[Message, ...]] | None = None,
    *,
    version: str,
    one_more: str = "",
) -> Response:
    names = questionnaire.free_names(section.slug, category=supplier.legal_category)
    form = build_form(section, supplier.legal_category, supplier.answers, values, errors, one_more=one_more)
    return render(
        request,
        "supplier/data_section.html",
        status=422 if errors else 200,
        form=only(form, names),
        problems=form.problems,
        version=version,
        VERSION=VERSION,
    )
