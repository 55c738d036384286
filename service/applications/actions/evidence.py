"""What must have been verified before a company is admitted."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import Application, Snapshot
from service.clock import local_date
from service.config import Settings
from service.documents.presence import present_of
from service.documents.repository import Owner, latest, list_documents
from service.documents.states import Verdict
from service.errors import ConflictError
from service.locales import N_, current_locale, gettext, raw_gettext
from service.questionnaire import RequiredDocument


class EvidenceError(ConflictError):
    """Documents that the admission rests on were not verified; the detail names them."""

    code = "evidence"
    title = N_("Restano documenti da verificare")


def list_unverified(
    session: Session, application: Application, *, leaves: frozenset[str], settings: Settings
) -> list[RequiredDocument]:
    """Give what stops an approval for these leaves: mandatory documents that block, and what the leaves rest on.

    What was due is what was due when it was sent. One sent before documents were asked for rests on none.
    """
    if _asked_version(session, application) < questionnaire.DOCUMENTS_SINCE:
        return []
    documents = list_documents(session, Owner(application_id=application.id))
    due = questionnaire.documents_due(
        application.legal_category,
        application.content.answers,
        present_of(documents),
        with_declaration=settings.signed_declaration_required,
        today=local_date(application.submitted_at) if application.submitted_at else None,
    )
    versions = {(one.type, one.slot): latest(one) for one in documents}
    good = {key for key, version in versions.items() if version is not None and version.verdict == Verdict.VALID}
    return [one for one in due if one.key not in good and _is_evidence(one, leaves)]


def require_evidence(session: Session, application: Application, *, leaves: frozenset[str], settings: Settings) -> None:
    """Raise EvidenceError, in the words staff read, unless all of `list_unverified` is there."""
    if lacking := list_unverified(session, application, leaves=leaves, settings=settings):
        names = ", ".join(one.heading.render(raw_gettext, current_locale()) for one in lacking)
        raise EvidenceError(gettext("Prima di accettare vanno verificati: %(documents)s.", documents=names))


def _is_evidence(required: RequiredDocument, leaves: frozenset[str]) -> bool:
    rests_on_it = required.effect == "K" and not leaves.isdisjoint(required.leaves)
    return required.is_mandatory and (required.blocks or rests_on_it)


def _asked_version(session: Session, application: Application) -> int:
    query = select(Snapshot.data).where(Snapshot.application_id == application.id, Snapshot.event == "submitted")
    data = session.scalar(query.order_by(Snapshot.id.desc()).limit(1))
    return int(data.get("questionnaire_version", 1)) if data else 1
