"""Small made-up questions, so that the engine is proven without the real ones: put into the table, taken out again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import pytest

from service.questionnaire import CATEGORIES, FIELDS, LEAVES, catalogues, matrix
from service.questionnaire.conditions import keys_asked
from service.questionnaire.fields.base import Field

MACHINES = Field(
    key="machines",
    label="Macchine",
    hint="Quelle che portate in cantiere.",
    missing="Aggiungi almeno una macchina.",
    kind="rows",
    most=3,
    row_title="Macchina {n}",
    parts=(
        Field(
            key="machine_kind",
            label="Tipo di macchina",
            missing="Scegli il tipo della macchina {n}.",
            kind="choice",
            choices={"crane": "Gru", "lift": "Piattaforma"},
        ),
        Field(key="machine_name", label="Nome", missing="Dai un nome alla macchina {n}.", kind="text", max_length=10),
        Field(key="machine_country", label="Nazione", kind="country", preset="IT"),
        Field(key="machine_until", label="Revisione", kind="date"),
        Field(key="machine_value", label="Valore", kind="money"),
        Field(key="machine_ours", label="Di proprietà", kind="tick"),
    ),
)
OUTPUT = Field(
    key="output",
    label="Produzione",
    kind="years",
    parts=(
        Field(key="output_amount", label="Produzione", missing="Inserisci la produzione del {anno}.", kind="money"),
    ),
)
LARGEST = Field(
    key="largest",
    label="Lavoro più grande",
    kind="leaves",
    parts=(Field(key="largest_size", label="Misura", kind="choice", choices={"s": "Piccolo", "l": "Grande"}),),
)
HANDLES = Field(
    key="handles",
    label="Domande sulle voci",
    kind="leaves",
    only_asking=True,
    parts=(
        Field(
            key="handles_it",
            label="Risposta",
            missing="Rispondi sì o no per «{voce}».",
            kind="choice",
            choices={"yes": "Sì", "no": "No"},
        ),
    ),
)
# the closed years that are asked about today
YEARS = [str(year) for year in keys_asked(OUTPUT, {}, {})]
QUESTION = "Tirate cavi in galleria?"

Row = tuple[str, Field, str | Mapping[str, str]]


@contextmanager
def asked_too(*added: Row, alone: bool = False) -> Iterator[None]:
    """Ask more, as lines of the matrix and descriptions of fields would; one cell, or cells by category.

    `alone`: of the same sections, only the plain questions that depend on nothing stay.
    """
    sections = {section for section, _field, _cell in added}

    def rows(name: str) -> Iterator[Mapping[str, str]]:
        for row in catalogues.rows(name):
            is_plain = not FIELDS[row["key"]].is_composite and not any("C" in row[one] for one in CATEGORIES)
            if is_plain or not alone or row["section"] not in sections:
                yield row
        for section, field, cell in added:
            cells = (
                dict.fromkeys(CATEGORIES, cell) if isinstance(cell, str) else {**dict.fromkeys(CATEGORIES, "-"), **cell}
            )
            yield {"section": section, "key": field.key, **cells}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.questionnaire.matrix.rows", rows)
        for _section, field, _cell in added:
            patch.setitem(cast("dict[str, Field]", FIELDS), field.key, field)
        matrix.read_table.cache_clear()
        yield
    matrix.read_table.cache_clear()


@contextmanager
def asking_leaf(code: str = "L05", question: str = QUESTION) -> Iterator[None]:
    """Let one leaf ask a question, and no other."""
    LEAVES.replace({one.code: replace(one, question=question if one.code == code else "") for one in LEAVES.values()})
    yield
    LEAVES.replace({})


def posted(values: Mapping[str, object]) -> dict[str, list[str]]:
    """Give what a browser posts when inputs show these values."""
    form: dict[str, list[str]] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            form |= posted({f"{name}.{rest}": text for rest, text in value.items()})
        elif isinstance(value, list):
            form[name] = value
        elif value is not False:
            form[name] = ["on" if value is True else str(value)]
    return form
