"""The one verb of the room: a new edition of a thing, or its default again. Nothing is ever overwritten."""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.administration import in_force
from service.administration.kind import Kind, Problems, Value, said_only
from service.administration.kinds import KINDS
from service.administration.models import Edition
from service.administration.repository import find_current
from service.administration.states import EditionKind
from service.audit.trail import record
from service.clock import ROME, utc_now
from service.errors import ConflictError, InvalidError, NotFoundError

WHY_MIN, WHY_MAX = 5, 500
LOCK = 0x69637269  # of all editors: whoever comes second sees what the first has written


class StaleEditionError(ConflictError):
    """Somebody else has saved a version meanwhile."""

    code = "stale_edition"


class EditionError(InvalidError):
    """The value is not good; `problems` says why, by control ("" for all of it)."""

    code = "edition"

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        super().__init__(" ".join(text for texts in problems.values() for text in texts))
        self.problems = {name: list(texts) for name, texts in problems.items()}


def edit(
    session: Session, kind: EditionKind, key: str, value: Value | None, *, version: int, by: Principal, why: str
) -> Edition:
    """Put a new version of a thing in force, `None` for the default; `version` is the one that was seen, 0 for none.

    A value equal to the default is kept as the default, so that it follows it. Leaves the edition and audit
    `administration.edited` or `administration.restored`. Other processes have it within a second.
    Raises: NotFoundError for what is no thing of this kind, StaleEditionError, EditionError.
    """
    require(by, "administration:manage")
    table = KINDS[kind]
    # One editor at a time, until the commit: so ids are visible in their order, which `in_force` counts on, and of two
    # who have read the same version the second is told.
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    in_force.refresh(session, is_eager=True)
    _require_thing(table, key)
    current = find_current(session, kind, key)
    if version != (current.version if current else 0):
        raise StaleEditionError(_who_was_faster(current))
    default = table.default(key)
    if problems := _problems(table, key, value, default=default, why=why):
        raise EditionError(problems)
    kept = None if value == default else value
    if kept == (current.value if current else None):
        raise EditionError({"": ["Non è cambiato nulla: questi valori valgono già."]})
    edition = Edition(
        kind=kind, key=key, version=version + 1, value=dict(kept) if kept is not None else None, why=why.strip(),
        made_at=utc_now(), made_by_subject=by.subject, made_by_name=by.name,
    )  # fmt: skip
    session.add(edition)
    session.flush()
    event = "administration.edited" if kept is not None else "administration.restored"
    record(session, event, audit_subject(kind, key), by=by, kind=kind.value, key=key, version=edition.version)
    in_force.note_edit(session)
    return edition


def restore_default(session: Session, kind: EditionKind, key: str, *, version: int, by: Principal, why: str) -> Edition:
    """Put the default in force again; the versions before stay to be seen. Raises as `edit`."""
    return edit(session, kind, key, None, version=version, by=by, why=why)


def audit_subject(kind: EditionKind, key: str) -> UUID:
    """Give the id under which the audit trail knows a thing."""
    return uuid5(NAMESPACE_URL, f"icri-proactive:{kind}:{key}")


def _require_thing(table: Kind, key: str) -> None:
    if key in table.keys():  # noqa: SIM118 - a function that gives them
        return
    if table.new is None:
        raise NotFoundError
    if said := table.new.check(key):
        raise EditionError({"key": [said]})


def _who_was_faster(current: Edition | None) -> str:
    if current is None:
        return "La versione che hai visto non esiste: ricarica la pagina."
    at = current.made_at.astimezone(ROME)
    return (
        f"{current.made_by_name} ha salvato la versione {current.version} il {at:%d/%m/%Y} alle {at:%H:%M}. "
        "Nulla è cambiato: guardala prima di salvare la tua."
    )


def _problems(table: Kind, key: str, value: Value | None, *, default: Value | None, why: str) -> Problems:
    found: Problems = {}
    if not WHY_MIN <= len(why.strip()) <= WHY_MAX:
        found["why"] = [f"Scrivi perché lo cambi, da {WHY_MIN} a {WHY_MAX} caratteri."]
    given = default if value is None else value
    if given is None:
        return {**found, "": ["Una voce aggiunta non ha un valore predefinito."]}
    faults = table.faults(key, value) if value is not None else {}  # a default has none, but may not go with the rest
    return {**found, **(faults or said_only(table.clash(key, given)))}
