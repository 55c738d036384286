"""The questionnaire as data: which category is asked what, how each answer is checked, shown and found complete.

Pure: no database, no network, no web framework. Everything others may use is named here.
"""

from service.questionnaire.catalogues import Municipality, Province, country_name
from service.questionnaire.categories import CATEGORIES, SUPPLY_TYPES, Category, SupplyType
from service.questionnaire.completeness import Gap, answered, gaps, section_state, warnings
from service.questionnaire.document_details import DetailsOutcome, check_details, missing_details, suggested_details
from service.questionnaire.document_gaps import DocumentGap, Present, document_gaps, documents_due
from service.questionnaire.document_rules import (
    DOCUMENTS_SINCE,
    RequiredDocument,
    document_title,
    expires_on,
    required_documents,
)
from service.questionnaire.document_types import DOCUMENT_TYPES, DocumentType
from service.questionnaire.fields import FIELDS
from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.identity import (
    QUESTIONNAIRE_VERSION,
    change_category,
    company_name,
    identity_key,
    rea,
    sales_contact,
    upgrade,
    vat_number,
)
from service.questionnaire.leaves import LEAF_GROUPS, LEAVES, Leaf
from service.questionnaire.lookups import (
    ateco_successors,
    ateco_title,
    countries,
    provinces,
    search_ateco,
    search_municipalities,
    warm_up,
)
from service.questionnaire.matrix import (
    SECTIONS,
    Asked,
    PossibleField,
    Section,
    asked_fields,
    possible_fields,
    sections_for,
)
from service.questionnaire.outcome import Message, Outcome
from service.questionnaire.parsing import Parsed, parse, typed_values
from service.questionnaire.reasons import DOCUMENT_REASONS, REASON_CODES, Reason
from service.questionnaire.rendering import display, form_value, form_values
from service.questionnaire.reviewing import is_public_mail_domain
from service.questionnaire.texts import CountryCode, Msgid
from service.questionnaire.working_days import is_working_day, working_days_after

__all__ = [
    "CATEGORIES",
    "DOCUMENTS_SINCE",
    "DOCUMENT_REASONS",
    "DOCUMENT_TYPES",
    "FIELDS",
    "LEAF_GROUPS",
    "LEAVES",
    "QUESTIONNAIRE_VERSION",
    "REASON_CODES",
    "SECTIONS",
    "SUPPLY_TYPES",
    "Asked",
    "Category",
    "CountryCode",
    "DetailsOutcome",
    "DocumentGap",
    "DocumentType",
    "Field",
    "Gap",
    "Leaf",
    "Message",
    "Msgid",
    "Municipality",
    "Outcome",
    "Parsed",
    "PossibleField",
    "Present",
    "Province",
    "Reason",
    "RequiredDocument",
    "Section",
    "SupplyType",
    "answered",
    "asked_fields",
    "ateco_successors",
    "ateco_title",
    "change_category",
    "check",
    "check_details",
    "company_name",
    "countries",
    "country_name",
    "display",
    "document_gaps",
    "document_title",
    "documents_due",
    "expires_on",
    "form_value",
    "form_values",
    "gaps",
    "identity_key",
    "is_public_mail_domain",
    "is_working_day",
    "missing_details",
    "parse",
    "possible_fields",
    "provinces",
    "rea",
    "required_documents",
    "sales_contact",
    "search_ateco",
    "search_municipalities",
    "section_state",
    "sections_for",
    "suggested_details",
    "typed_values",
    "upgrade",
    "vat_number",
    "warm_up",
    "warnings",
    "working_days_after",
]
