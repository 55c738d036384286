"""The second half of an upload by an applicant, in its one transaction: rows, and the answer. Draft or correction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import APPLICANT
from service.clock import local_date
from service.config import Settings
from service.documents import actions
from service.documents.actions import NewFile
from service.documents.errors import QuotaError, file_message
from service.documents.repository import Owner, find_document, has_room, known_hashes, latest
from service.locales import current_locale, gettext, ngettext
from service.questionnaire import DetailsOutcome, RequiredDocument
from service.web.document_blocks import Typed, own_form, typed_of
from service.web.document_uploads import Taken, refusal_words, result_words
from service.web.flash import redirect
from service.web.forms import Posted
from service.web.templating import text_of
from service.web.transaction import begin
from service.web.uploads import Upload

RETRY_AFTER = "30"


@dataclass(frozen=True, slots=True)
class UploadCase:
    """An upload for one document of an application.

    `place` is the address of its block, `show` its page with what was typed, a status and a sentence on top. What was
    given before `since` is of an earlier sending: it stays, and the upload makes a version of its own.
    """

    request: Request
    session: Session
    application_id: UUID
    required: RequiredDocument
    place: str
    show: Callable[[Typed, int, str], Response]
    since: datetime | None = None

    def finish(self, posted: Posted, taken: Taken, *, replaces: bool, is_full: bool) -> Response:
        """Write the rows and answer."""
        required = self.required
        outcome = questionnaire.check_details(required, own_form(required, posted), today=local_date())
        errors = self._file_errors(taken, replaces=replaces, is_full=is_full)
        had_files, again = bool(taken.kept), []
        if had_files or not (errors or outcome.errors or taken.problem):
            try:
                with self.session.begin_nested():
                    again = self._write(outcome, taken.kept, replaces=replaces and had_files)
            except QuotaError as error:
                taken.drop()
                errors = [error.message.render(text_of, current_locale()), *errors]
        if errors or outcome.errors or taken.problem:
            typed = typed_of(required, outcome, errors, problem=taken.problem, replaces=replaces and not taken.kept)
            return self._again(typed, taken)
        return redirect(self.request, self.place, _done(len(taken.kept), again))

    def _write(self, outcome: DetailsOutcome, kept: Sequence[NewFile], *, replaces: bool) -> list[str]:
        """Keep of the typed values the good ones: what is missing stops the sending, not the upload.

        Gives the names of the files that were there already.
        """
        good = {name: value for name, value in outcome.values.items() if name not in outcome.errors}
        version = actions.add_files(
            self.session,
            Owner(application_id=self.application_id),
            type=self.required.type.code,
            slot=self.required.slot,
            details=good,
            expires_on=outcome.expires_on,
            files=kept,
            by=APPLICANT,
            replace=replaces,
            settings=self.request.app.state.settings,
            since=self.since,
        )
        there = {one.key for one in version.files}
        return [one.received.name for one in kept if one.key not in there]

    def _file_errors(self, taken: Taken, *, replaces: bool, is_full: bool) -> list[str]:
        if is_full:
            return [file_message("quota").render(text_of, current_locale())]
        if taken.refused or taken.kept or taken.problem:
            return refusal_words(taken.refused)
        if not self._has_files():
            return [file_message("required", documento=self.required.heading).render(text_of, current_locale())]
        if replaces:
            return [gettext("Scegli i file nuovi, oppure togli la spunta: quelli caricati prima restano.")]
        return []

    def _again(self, typed: Typed, taken: Taken) -> Response:
        intro = result_words(len(taken.kept), taken.refused)
        if taken.kept and not intro:
            intro = gettext("I file sono caricati; correggi i dati accanto e premi «Carica e salva».")
        page = self.show(typed, taken.status, intro)
        if taken.problem:
            page.headers["Retry-After"] = RETRY_AFTER
        return page

    def _has_files(self) -> bool:
        owner = Owner(application_id=self.application_id)
        found = find_document(self.session, owner, type=self.required.type.code, slot=self.required.slot)
        version = latest(found, since=self.since) if found else None
        return version is not None and bool(version.files)


def replaces(posted: Posted) -> bool:
    """Say whether the files uploaded before are to go."""
    return posted.one("sostituisci") == "on"


def is_full(request: Request, application_id: UUID, received: Upload) -> bool:
    """Say whether the quota refuses these files anyway: then nobody looks into them."""
    settings: Settings = request.app.state.settings
    if not received.files or replaces(received.posted):
        return False
    owner = Owner(application_id=application_id)
    with begin(request) as session:
        fresh = [one for one in received.files if one.sha256 not in known_hashes(session, owner)]
        return not has_room(session, owner, files=len(fresh), size=sum(one.size for one in fresh), settings=settings)


def _done(kept: int, again: Sequence[str]) -> str:
    """Say how many came, and which of them were there already."""
    if not kept:
        return gettext("Dati salvati.")
    said = ngettext("%(num)s file caricato.", "%(num)s file caricati.", kept - len(again)) if kept > len(again) else ""
    there = gettext("Era già caricato: %(names)s.", names=", ".join(again)) if again else ""
    return " ".join(filter(None, (said, there)))
