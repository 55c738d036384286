"""The shape of a field's description."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.questionnaire.texts import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question: its words are Italian message ids, its kind names the check of section 5.

    `key` is the name, or `name@variant`. `missing` is the text when a mandatory answer is not given. `context` goes to
    the check as it is. `country_from` and `province_from` name the fields (or `section.field`) the check reads.
    `preset` is shown before the section was ever saved. `seen_as` is the label for whoever reads the answer, where the
    question speaks to the applicant.

    Three kinds are made of `parts`, whose own keys are the columns:
    `rows`   a list of up to `most` rows; answer `[{column: value}, ...]`, inputs `policies.0.policy_kind`
    `years`  one value for each year of `conditions.expected_years`; answer `{"2025": value}`, inputs `turnover.2025`
    `leaves` one value for each chosen merchandise leaf (`only_asking`: of those that ask a question); answer
             `{"L05": value}`, inputs `max_order.L05`
    A part with a `missing` text must be given in every row begun; a part without one is optional. A message of a part
    may use `{n}`, the number of its row, `{anno}` or `{voce}`. `least` rows are wanted when the field is mandatory.
    """

    key: str
    label: str
    kind: str
    hint: str = ""
    seen_as: str = ""
    missing: str = ""
    group: str = ""
    choices: Mapping[str, str] | None = None
    width: str = ""
    autocomplete: str = ""
    inputmode: str = ""
    max_length: int | None = None
    multiline: bool = False
    multiple: bool = False
    most: int | None = None
    least: int = 1
    parts: tuple["Field", ...] = ()
    row_title: str = ""
    only_asking: bool = False
    lookup: str | None = None
    country_from: str = ""
    province_from: str = ""
    preset: object = None
    context: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Give the name of the input and of the answer."""
        return self.key.partition("@")[0]

    @property
    def is_composite(self) -> bool:
        """Tell whether the answer is made of parts."""
        return self.kind in {"rows", "years", "leaves"}

    @property
    def is_tick(self) -> bool:
        """Tell whether the answer is a tick box."""
        return self.kind == "tick"


YES_NO: Mapping[str, str] = {"yes": N_("Sì"), "no": N_("No")}
