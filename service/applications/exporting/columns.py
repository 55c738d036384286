"""The columns of an export of the queue, as one narrow select: the database writes words and days, nobody loads rows.

A cell is text, a whole number or a day; in a CSV all are text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from service import questionnaire
from service.access.principal import Principal
from service.applications.ages import local_day
from service.applications.exporting.filtering import conditions_of, order_of
from service.applications.models import Application, ApplicationCategory
from service.applications.states import FINAL_STATES, LABELS, State
from service.clock import local_date
from service.config import Settings

DAY = "DD/MM/YYYY"  # as an Italian spreadsheet reads it
SEPARATOR = ", "
_IN_ORDER = aggregate_order_by(literal(SEPARATOR, String), ApplicationCategory.leaf)
_JOINED = func.string_agg(ApplicationCategory.leaf, _IN_ORDER)
# of one application, in one look: what it asked for, and what of that was not granted
LEAVES = (
    select(_JOINED.label("asked"), _JOINED.filter(ApplicationCategory.is_granted.is_(False)).label("refused"))
    .where(ApplicationCategory.application_id == Application.id)
    .correlate(Application)
    .lateral("leaves")
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, its width in a spreadsheet, and what it shows; days are told apart by `is_day`."""

    title: str
    width: int
    value: ColumnElement[Any]
    is_day: bool = False


def columns() -> tuple[Column, ...]:
    """Give the columns with the words that are in force now."""
    return (
        Column("Numero", 14, Application.number.expression),
        Column("Società", 36, Application.name.expression),
        Column("Categoria società", 30, _words(Application.legal_category, _categories())),
        Column("Tipo di fornitura", 40, _supply_types()),
        Column("Categorie merceologiche", 30, LEAVES.c.asked),
        Column("Stato", 22, _words(Application.state, {one.value: label for one, label in LABELS.items()})),
        Column("Esito", 22, _outcome()),
        Column("Categorie non accolte", 22, LEAVES.c.refused),
        Column("Motivo", 40, _words(Application.reason_code, _reasons())),
        Column("Testo del motivo", 40, Application.reason_text.expression),
        Column("Ricevuta il", 13, local_day(Application.submitted_at), is_day=True),
        Column("In esame dal", 13, local_day(Application.reviewed_since), is_day=True),
        Column("Decisa il", 13, local_day(Application.decided_at), is_day=True),
        Column("Giorni", 8, _days()),
        Column("Assegnata a", 22, Application.assignee_name.expression),
        Column("Decisa da", 22, Application.decided_by_name.expression),
        Column("Codice fiscale", 20, Application.tax_code.expression),
        Column("Partita IVA", 16, Application.vat_number.expression),
        Column("Provincia", 10, Application.province.expression),
        Column("E-mail", 32, Application.contact_email.expression),
    )


def export_query(query: str, principal: Principal, settings: Settings, *, as_text: bool) -> Select[Any]:
    """Give the rows that a query of the queue shows, in its order; `as_text` makes words of numbers and days too."""
    shown = [
        func.to_char(one.value, DAY) if one.is_day and as_text else cast(one.value, String) if as_text else one.value
        for one in columns()
    ]
    named = [value.label(f"c{n}") for n, value in enumerate(shown)]
    rows = select(*named).select_from(Application).join(LEAVES, true())
    return rows.where(*conditions_of(query, principal, settings)).order_by(*order_of(query, principal))


def _words(column: Any, told: Mapping[str, str]) -> ColumnElement[Any]:
    """Write the word of a code; one that is not known any more stands for itself."""
    code = type_coerce(column, String)
    return case({key: literal(word, String) for key, word in told.items()}, value=code, else_=code)


def _categories() -> Mapping[str, str]:
    return {code: one.label for code, one in questionnaire.CATEGORIES.items()}


def _reasons() -> Mapping[str, str]:
    return {code: one.staff_label for code, one in questionnaire.REASON_CODES.items()}


def _supply_types() -> ColumnElement[Any]:
    told = {code: one.label for code, one in questionnaire.SUPPLY_TYPES.items()}
    code = func.jsonb_array_elements_text(Application.supply_types).column_valued("code")
    words = func.string_agg(_words(code, told), literal(SEPARATOR, String))
    return select(words).correlate(Application).scalar_subquery()


def _outcome() -> ColumnElement[Any]:
    """Say more than the state does of what was accepted."""
    approved = type_coerce(Application.state, String) == literal(State.APPROVED.value, String)
    in_part = LEAVES.c.refused.is_not(None)
    with_reserve = Application.reserve_text.is_not(None)
    told = case(
        (in_part & with_reserve, literal("In parte, con riserva", String)),
        (in_part, literal("In parte", String)),
        (with_reserve, literal("Con riserva", String)),
        else_=literal("Intera", String),
    )
    return case((approved, told))


def _days() -> ColumnElement[Any]:
    """Count the days since it was sent, up to the end of those that have one."""
    ended = Application.state.in_(FINAL_STATES)
    last = case((ended, local_day(func.coalesce(Application.decided_at, Application.touched_at))),
                else_=literal(local_date(), Date))  # fmt: skip
    return type_coerce(last.op("-")(local_day(Application.submitted_at)), Integer)
