"""The questionnaire as data: which category is asked what, how each answer is checked, shown and found complete.

Pure: no database, no network, no web framework. Everything others may use is named here.
"""

from service.questionnaire.categories import CATEGORIES, SUPPLY_TYPES, Category
from service.questionnaire.changing import (
    FREE_FIELDS,
    changed_section,
    corrected_section,
    deciding_fields,
    free_names,
    parse_free,
    parse_only,
)
from service.questionnaire.completeness import Gap, answered, gaps, section_state, warnings
from service.questionnaire.conditions import expected_years, is_selectable
from service.questionnaire.declarations import DECLARATIONS_SECTION, accepted_declarations
from service.questionnaire.document_details import (
    DetailsOutcome,
    check_details,
    missing_details,
    suggested_details,
    too_old,
)
from service.questionnaire.document_differences import document_differences
from service.questionnaire.document_editing import (
    Duty,
    amended,
    edits_in_force,
    may_change_duty,
    may_change_reminders,
    spans_of,
    types_under,
)
from service.questionnaire.document_gaps import DocumentGap, Present, document_gaps, documents_due, gaps_among
from service.questionnaire.document_rules import (
    DOCUMENTS_SINCE,
    RequiredDocument,
    document_anchor,
    document_title,
    expires_on,
    required_documents,
)
from service.questionnaire.document_types import DOCUMENT_TYPES, DocumentType
from service.questionnaire.document_words import WHITE_LIST
from service.questionnaire.dropping import Dropped, change_supply_types, dropped_by_supply_types, only_asked
from service.questionnaire.exporting import flat
from service.questionnaire.fields import FIELDS
from service.questionnaire.fields.base import Field
from service.questionnaire.fields.declarations import DECLARATION_VERSIONS
from service.questionnaire.formats import check
from service.questionnaire.identity import (
    bare_name,
    change_category,
    check_company_number,
    company_key,
    company_name,
    company_number,
    identity_key,
    rea,
    vat_number,
)
from service.questionnaire.leaves import LEAF_GROUPS, LEAVES, Leaf, active_leaves
from service.questionnaire.lookups import (
    countries,
    name_of,
    provinces,
    search,
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
from service.questionnaire.reasons import DOCUMENT_REASONS, REASON_CODES, Reason, choosable
from service.questionnaire.rendering import display, form_value, form_values, lines, typed_lines
from service.questionnaire.reviewing import is_public_mail_domain
from service.questionnaire.schema import json_schema
from service.questionnaire.texts import Msgid, Worded
from service.questionnaire.versions import QUESTIONNAIRE_VERSION, new_since, started_version, upgrade, version_of
from service.questionnaire.working_days import answer_day, working_days_after

__all__ = [
    "CATEGORIES",
    "DECLARATIONS_SECTION",
    "DECLARATION_VERSIONS",
    "DOCUMENTS_SINCE",
    "DOCUMENT_REASONS",
    "DOCUMENT_TYPES",
    "FIELDS",
    "FREE_FIELDS",
    "LEAF_GROUPS",
    "LEAVES",
    "QUESTIONNAIRE_VERSION",
    "REASON_CODES",
    "SECTIONS",
    "SUPPLY_TYPES",
    "WHITE_LIST",
    "Asked",
    "Category",
    "DetailsOutcome",
    "DocumentGap",
    "DocumentType",
    "Dropped",
    "Duty",
    "Field",
    "Gap",
    "Leaf",
    "Message",
    "Msgid",
    "Outcome",
    "Parsed",
    "PossibleField",
    "Present",
    "Reason",
    "RequiredDocument",
    "Section",
    "Worded",
    "accepted_declarations",
    "active_leaves",
    "amended",
    "answer_day",
    "answered",
    "asked_fields",
    "bare_name",
    "change_category",
    "change_supply_types",
    "changed_section",
    "check",
    "check_company_number",
    "check_details",
    "choosable",
    "company_key",
    "company_name",
    "company_number",
    "corrected_section",
    "countries",
    "deciding_fields",
    "display",
    "document_anchor",
    "document_differences",
    "document_gaps",
    "document_title",
    "documents_due",
    "dropped_by_supply_types",
    "edits_in_force",
    "expected_years",
    "expires_on",
    "flat",
    "form_value",
    "form_values",
    "free_names",
    "gaps",
    "gaps_among",
    "identity_key",
    "is_public_mail_domain",
    "is_selectable",
    "json_schema",
    "lines",
    "may_change_duty",
    "may_change_reminders",
    "missing_details",
    "name_of",
    "new_since",
    "only_asked",
    "parse",
    "parse_free",
    "parse_only",
    "possible_fields",
    "provinces",
    "rea",
    "required_documents",
    "search",
    "section_state",
    "sections_for",
    "spans_of",
    "started_version",
    "suggested_details",
    "too_old",
    "typed_lines",
    "typed_values",
    "types_under",
    "upgrade",
    "vat_number",
    "version_of",
    "warm_up",
    "warnings",
    "working_days_after",
]
