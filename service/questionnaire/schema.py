"""The JSON Schema (2020-12) of a category's answers, made from the table that also makes the form."""

from collections.abc import Callable, Mapping
from typing import Any

from service.questionnaire.catalogues import all_countries, all_provinces
from service.questionnaire.fields.base import Field
from service.questionnaire.formats.catalogue import CCNL, SOA
from service.questionnaire.formats.person import TAX_CODE
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import SECTIONS, PossibleField, possible_fields
from service.questionnaire.versions import QUESTIONNAIRE_VERSION, STARTED_VERSION

Schema = dict[str, Any]

_LONGEST_NAME = 80
_DEFAULT_TEXT = 200
_MONEY = r"^[0-9]{1,12}\.[0-9]{2}$"
# the canonical forms of domain.md section 5; check digits are not a matter of patterns
_PATTERNS = {
    "vat_it": r"^[0-9]{11}$",
    "tax_code_entity": r"^[0-9]{11}$",
    "tax_code_person": f"^{TAX_CODE}$",
    "eu_vat": r"^[A-Z]{2}[A-Z0-9+*]{2,13}$",
    "foreign_id": r"^[A-Z0-9][A-Z0-9 ./-]{1,19}$",
    "rea_number": r"^[0-9]{1,7}$",
    "eori": r"^[A-Z]{2}[A-Z0-9]{1,17}$",
    "duns": r"^[0-9]{9}$",
    "lei": r"^[A-Z0-9]{18}[0-9]{2}$",
    "phone": r"^\+[0-9]{4,15}$",
    "sdi": r"^[A-Z0-9]{6,7}$",
    "cpv": r"^[0-9]{8}-[0-9]$",
    "soa": f"^({SOA})$",
    "soa_class": r"^(I|II|III|III-bis|IV|IV-bis|V|VI|VII|VIII)$",
    "dm37": r"^[a-g]$",
    "ccnl": f"^{CCNL}$",
    "iban": r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$",
    "bic": r"^[A-Z0-9]{8}([A-Z0-9]{3})?$",
    "money": _MONEY,
    "percent": r"^[0-9]{1,3}\.[0-9]{2}$",
}
_YEAR = {"type": "integer", "minimum": 1850}
_INTEGER = {"type": "integer", "minimum": 0}
_ATECO = {
    "type": "object",
    "properties": {"edition": {"type": "string"}, "code": {"type": "string", "pattern": r"^[0-9]{2}(\.[0-9]{2}){2}$"}},
    "required": ["edition", "code"],
    "additionalProperties": False,
}


def json_schema(category: str) -> Schema:
    """Describe the complete answers of a category; raises `KeyError` for an unknown one."""
    sections = {one.slug: possible_fields(one.slug, category=category) for one in SECTIONS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Prequalification, category {category}",
        "type": "object",
        "properties": {
            "questionnaire_version": {"const": QUESTIONNAIRE_VERSION},
            STARTED_VERSION: {"type": "integer", "minimum": 1},
            "_raw": {"type": "object", "maxProperties": 0},
            **{slug: _section(fields) for slug, fields in sections.items() if fields},
        },
        "required": [slug for slug, fields in sections.items() if any(map(_is_always_required, fields))],
        "additionalProperties": False,
    }


def _section(fields: tuple[PossibleField, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {one.name: _described(one.field, _of(one.field, is_required=one.required)) for one in fields},
        "required": [one.name for one in fields if _is_always_required(one)],
        "additionalProperties": False,
    }


def _is_always_required(one: PossibleField) -> bool:
    """Tell whether every complete application has the field: which years and leaves are due depends on answers."""
    return one.rule.is_mandatory and not one.rule.conditions and one.field.kind not in {"years", "leaves"}


def _described(field: Field, schema: Schema) -> Schema:
    return {"title": str(field.seen_as or field.label), **schema}


def _of(field: Field, *, is_required: bool = False) -> Schema:
    if field.kind == "rows":
        return _rows(field, is_required=is_required)
    if field.is_composite:
        return _keyed(field)
    one = _single(field)
    if not field.multiple:
        return one
    return {"type": "array", "items": one, "uniqueItems": True, **({"maxItems": field.most} if field.most else {})}


def _rows(field: Field, *, is_required: bool) -> Schema:
    row = {
        "type": "object",
        "properties": {part.name: _described(part, _of(part)) for part in field.parts},
        "required": [part.name for part in field.parts if part.missing],
        "additionalProperties": False,
    }
    most = {"maxItems": field.most} if field.most else {}
    return {"type": "array", "items": row, "minItems": field.least if is_required else 0, **most}


def _keyed(field: Field) -> Schema:
    part = _of(field.parts[0])
    if field.kind == "years":
        return {"type": "object", "patternProperties": {"^[0-9]{4}$": part}, "additionalProperties": False}
    asking = [code for code, leaf in LEAVES.items() if leaf.question or not field.only_asking]
    return {"type": "object", "propertyNames": {"enum": asking}, "additionalProperties": part}


def _single(field: Field) -> Schema:
    if maker := _MAKERS.get(field.kind):
        return maker(field)
    if field.choices is not None:
        return {"enum": list(field.choices)}
    return {"type": "string", "pattern": _PATTERNS[field.kind]} if field.kind in _PATTERNS else {"type": "string"}


def _text(field: Field) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": field.max_length or _DEFAULT_TEXT}


_MAKERS: Mapping[str, Callable[[Field], Schema]] = {
    "tick": lambda _field: {"type": "boolean"},
    "year": lambda _field: dict(_YEAR),
    "integer": lambda _field: dict(_INTEGER),
    "date": lambda _field: {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "ateco": lambda _field: dict(_ATECO),
    "leaf": lambda _field: {"enum": list(LEAVES)},
    "country": lambda _field: {"enum": list(all_countries())},
    "province": lambda _field: {"enum": list(all_provinces())},
    "email": lambda _field: {"type": "string", "format": "email", "maxLength": 254},
    "pec": lambda _field: {"type": "string", "format": "email", "maxLength": 254},
    "url": lambda _field: {"type": "string", "format": "uri", "pattern": "^https?://"},
    "person_name": lambda _field: {"type": "string", "minLength": 1, "maxLength": _LONGEST_NAME},
    "text": _text,
}
