"""What an approver does to a qualification by hand: suspend, give back, revoke, drop categories, lift a reserve.

The system never undoes any of it (`qualifying`). Every verb names the version it saw.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.actions import revoke_accounts
from service.audit.trail import record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.locales import N_, current_locale, gettext, raw_gettext
from service.questionnaire import REASON_CODES
from service.suppliers.actions import CHANGED_MEANWHILE, DataChangedError
from service.suppliers.documents import present_effects
from service.suppliers.impartiality import require_stranger_to
from service.suppliers.models import Supplier
from service.suppliers.qualifying import suspension_name
from service.suppliers.recipients import list_recipients, post_to, post_to_all
from service.suppliers.repository import get_supplier
from service.suppliers.states import Qualification, next_qualification, reinstated

OTHER_REASON, OTHER_REASON_MIN, LONGEST_TEXT = "R99", 20, 1000
GENERIC_REASONS = frozenset({"R08", "R12"})  # the company reads the code's own words and nothing else
CHOOSE = N_("Scegli un motivo dall'elenco.")


class SupplierReasonError(InvalidError):
    """A reason of the list is needed, with a text where it is R99."""

    code = "supplier_reason"
    title = N_("Indica il motivo")


class OtherPersonError(ForbiddenError):
    """Four eyes are on: who confirms a revocation is another person than who has asked for it."""

    code = "other_person"
    title = N_("Conferma un'altra persona")


@dataclass(frozen=True, slots=True)
class Why:
    """The coded reason and the text that the company reads."""

    code: str
    text: str = ""


def list_reasons(use: str) -> list[tuple[str, str]]:
    """Give the codes that may motivate a verb, with what staff call them; `use` as in the table of reasons."""
    return [(one.code, f"{one.code} · {one.staff_label}") for one in REASON_CODES.values() if use in one.uses]


def suspend(session: Session, supplier_id: UUID, *, version: int, by: Principal, why: Why) -> Supplier:
    """Suspend, from `qualified` or `renewing`; the accounts stay, to cure it.

    Leaves `supplier.suspended` and the mail `supplier_suspended`, also to the certified address.
    """
    supplier = _load(session, supplier_id, version=version, by=by)
    _check(why, "suspend")
    before = supplier.qualification
    supplier.qualification, supplier.suspended_from = next_qualification("suspend", before), before
    supplier.suspended_at, supplier.suspended_by = utc_now(), by.subject
    supplier.suspension_reason, supplier.suspension_text = why.code, why.text.strip() or None
    _record(session, supplier, "suspended", before, by=by, reason=why.code)
    name = suspension_name(supplier)
    post_to_all(session, supplier, "supplier_suspended", supplier.id, once=name, with_pec=True, since=name)
    return supplier


def reinstate(session: Session, supplier_id: UUID, *, version: int, by: Principal, settings: Settings) -> Supplier:
    """Give a suspended qualification back, within its time and when no document stops it.

    Leaves `supplier.reinstated` and the mail `supplier_reinstated`. Raises: ConflictError.
    """
    supplier = _load(session, supplier_id, version=version, by=by)
    before, name, today = supplier.qualification, suspension_name(supplier), local_date()
    after = reinstated(before, supplier.suspended_from)
    if today > supplier.valid_until:
        raise ConflictError(gettext("La qualifica è scaduta: la riattiva un rinnovo, non questo passo."))
    if stopping := present_effects(session, supplier, settings=settings, today=today).suspending:
        names = ", ".join(one.heading.render(raw_gettext, current_locale()) for one in stopping)
        raise ConflictError(gettext("Prima di riattivare vanno verificati: %(documents)s.", documents=names))
    supplier.qualification, supplier.suspended_from = after, None
    supplier.suspended_at = supplier.suspended_by = supplier.suspension_reason = supplier.suspension_text = None
    _record(session, supplier, "reinstated", before, by=by)
    post_to_all(session, supplier, "supplier_reinstated", supplier.id, once=name, day=today.isoformat())
    return supplier


def drop_categories(
    session: Session, supplier_id: UUID, leaves: Collection[str], *, version: int, by: Principal, why: Why
) -> Supplier:
    """Take active categories away; not the last ones, that would be a revocation.

    Leaves `supplier.category_dropped` and the mail `category_dropped`. Raises: SupplierReasonError, ConflictError.
    """
    supplier = _load(session, supplier_id, version=version, by=by)
    _check(why, "category")
    next_qualification("drop_category", supplier.qualification)
    active = [row for row in supplier.categories if row.dropped_on is None]
    falling = [row for row in active if row.leaf in leaves]
    if not falling:
        raise ConflictError(gettext("Scegli almeno una categoria ancora attiva."))
    if len(falling) == len(active):
        raise ConflictError(gettext("Deve restare almeno una categoria: per toglierle tutte revoca la qualifica."))
    today = local_date()
    for row in falling:
        row.dropped_on, row.dropped_by = today, by.subject
        row.drop_reason, row.drop_text = why.code, why.text.strip() or None
    names = [row.leaf for row in falling]
    _record(session, supplier, "category_dropped", by=by, reason=why.code, leaves=names)
    once = f"{today.isoformat()}:{'+'.join(names)}"
    post_to_all(session, supplier, "category_dropped", supplier.id, once=once, day=today.isoformat())
    return supplier


def lift_reserve(session: Session, supplier_id: UUID, *, version: int, by: Principal) -> Supplier:
    """Note that what an approval with reserve asked for is there. Leaves `supplier.reserve_lifted`; no mail."""
    supplier = _load(session, supplier_id, version=version, by=by)
    if supplier.reserve_text is None:
        raise ConflictError(gettext("La riserva è già stata sciolta."))
    next_qualification("lift_reserve", supplier.qualification)
    supplier.reserve_text = supplier.reserve_until = None
    _record(session, supplier, "reserve_lifted", by=by)
    return supplier


def ask_revocation(session: Session, supplier_id: UUID, *, version: int, by: Principal, why: Why) -> Supplier:
    """With four eyes: put a revocation before another approver. Leaves `supplier.revocation_asked`; nothing is cut."""
    supplier = _load(session, supplier_id, version=version, by=by)
    _check(why, "revoke")
    next_qualification("ask_revocation", supplier.qualification)
    supplier.revocation_asked_by_subject, supplier.revocation_asked_by_name = by.subject, by.name
    supplier.revocation_reason, supplier.revocation_text = why.code, why.text.strip() or None
    _record(session, supplier, "revocation_asked", by=by, reason=why.code)
    return supplier


def drop_revocation(session: Session, supplier_id: UUID, *, version: int, by: Principal) -> Supplier:
    """Take a revocation that was asked for off the table. Leaves `supplier.revocation_dropped`."""
    supplier = _load(session, supplier_id, version=version, by=by)
    if supplier.revocation_asked_by_subject is None or supplier.qualification == Qualification.REVOKED:
        raise ConflictError(gettext("Non c’è nessuna revoca da confermare."))
    supplier.revocation_asked_by_subject = supplier.revocation_asked_by_name = None
    supplier.revocation_reason = supplier.revocation_text = None
    _record(session, supplier, "revocation_dropped", by=by)
    return supplier


def revoke(
    session: Session, supplier_id: UUID, *, version: int, by: Principal, settings: Settings, why: Why
) -> Supplier:
    """Revoke for good, with the accounts that act for no other company; with four eyes as another person has asked.

    Leaves `supplier.revoked`, the mail `supplier_revoked` to everybody who had access and to the certified address, the
    accounts' `account.revoked` and jobs `account.disable`, the day from which it may apply again.
    """
    supplier = _load(session, supplier_id, version=version, by=by)
    _check(why, "revoke")
    before = supplier.qualification
    after = next_qualification("revoke", before)
    if settings.four_eyes and supplier.revocation_asked_by_subject in {None, by.subject}:
        raise OtherPersonError(gettext("La revoca la chiede un responsabile e la conferma un altro."))
    readers = list_recipients(session, supplier, with_pec=True)  # before their accounts end
    supplier.qualification, supplier.suspended_from = after, None
    supplier.suspended_at = supplier.suspended_by = supplier.suspension_reason = supplier.suspension_text = None
    supplier.reserve_text = supplier.reserve_until = None
    supplier.revoked_at, supplier.revoked_by_name = utc_now(), by.name
    supplier.revocation_reason, supplier.revocation_text = why.code, why.text.strip() or None
    supplier.reapply_from = add_months(local_date(), settings.block_months)
    _record(session, supplier, "revoked", before, by=by, reason=why.code)
    revoke_accounts(session, supplier.number, reason=why.code, by=by)
    post_to(session, readers, "supplier_revoked", supplier.id, once="1")
    return supplier


def _load(session: Session, supplier_id: UUID, *, version: int, by: Principal) -> Supplier:
    require(by, "supplier:govern")
    supplier = get_supplier(session, supplier_id, lock=True)
    require_stranger_to(session, supplier, by=by)
    if supplier.version != version:
        raise DataChangedError(gettext(CHANGED_MEANWHILE))
    return supplier


def _check(why: Why, use: str) -> None:
    known, text = REASON_CODES.get(why.code), why.text.strip()
    if known is None or use not in known.uses:
        raise SupplierReasonError(gettext(CHOOSE))
    if why.code == OTHER_REASON and len(text) < OTHER_REASON_MIN:
        raise SupplierReasonError(
            gettext(
                "Con il motivo «Altro» scrivi all’impresa perché, con almeno %(num)s caratteri.", num=OTHER_REASON_MIN
            )
        )
    if why.code in GENERIC_REASONS and text:
        raise SupplierReasonError(gettext("Per questo motivo i dettagli vanno solo nella nota interna."))
    if len(text) > LONGEST_TEXT:
        raise SupplierReasonError(gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(text),
                                          most=LONGEST_TEXT))  # fmt: skip


def _record(
    session: Session,
    supplier: Supplier,
    event: str,
    before: Qualification | None = None,
    *,
    by: Principal,
    **data: object,
) -> None:
    supplier.version += 1
    moved = {"from_state": before, "to_state": supplier.qualification} if before else {}
    record(session, f"supplier.{event}", supplier.id, by=by, **moved, **data)
