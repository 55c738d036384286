"""Fields of the staff's own forms, shaped as the questionnaire's so that the same macros draw them."""

from service.questionnaire import Asked, Field, Message


def question(
    name: str, label: str, *, hint: str = "", required: bool = False, multiline: bool = False, autocomplete: str = ""
) -> Asked:
    """Describe a field; label and hint are marked texts."""
    field = Field(key=name, label=label, kind="text", hint=hint, width="m", autocomplete=autocomplete,
                  multiline=multiline)  # fmt: skip
    return Asked(field=field, label=label, hint=hint, required=required, missing=Message("", ""))
