"""What must have been verified before a company is admitted."""

from sqlalchemy.orm import Session

from service.applications.documents import for_leaves, list_asked
from service.applications.models import Application
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.documents.repository import latest
from service.documents.states import Verdict
from service.errors import ConflictError
from service.locales import N_, current_locale, gettext, raw_gettext
from service.questionnaire import RequiredDocument


class EvidenceError(ConflictError):
    """Documents that the admission rests on were not verified; the detail names them."""

    code = "evidence"
    title = N_("Restano documenti da verificare")


def list_unverified(asked: AskedDocuments, *, leaves: frozenset[str]) -> list[RequiredDocument]:
    """Give what stops an approval for these leaves: mandatory documents that block, and what the leaves rest on."""
    versions = {key: latest(one) for key, one in asked.given.items()}
    good = {key for key, version in versions.items() if version is not None and version.verdict == Verdict.VALID}
    return [one for one in asked.required if one.key not in good and _is_evidence(one, leaves)]


def require_evidence(session: Session, application: Application, *, leaves: frozenset[str], settings: Settings) -> None:
    """Raise EvidenceError, in the words staff read, unless all of `list_unverified` is there.

    What is asked only for leaves that are not granted does not count.
    """
    answers = for_leaves(application.content.answers, leaves)
    asked = list_asked(session, application, settings=settings, answers=answers)
    if lacking := list_unverified(asked, leaves=leaves):
        names = ", ".join(one.heading.render(raw_gettext, current_locale()) for one in lacking)
        raise EvidenceError(gettext("Prima di accettare vanno verificati: %(documents)s.", documents=names))


def _is_evidence(required: RequiredDocument, leaves: frozenset[str]) -> bool:
    rests_on_it = required.effect == "K" and not leaves.isdisjoint(required.leaves)
    return required.is_mandatory and (required.blocks or rests_on_it)
