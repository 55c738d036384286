"""The checks of staff: which are due of an application, what the newest of each says, and what stops an approval."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.desk.models import Opinion, Verification
from service.applications.desk.port import Check, CheckSubject, ManualCheck, SearchedList
from service.applications.desk.states import Area, CheckKind, CheckResult
from service.applications.documents import for_leaves, list_asked
from service.applications.models import Application
from service.applications.radar.listed import list_hits
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.errors import ConflictError
from service.locales import N_, gettext
from service.questionnaire import SUPPLY_TYPES

REASON_MIN = 20
SETTLES = frozenset({CheckResult.POSITIVE, CheckResult.NOT_DUE})
INTERNAL = N_("Interna")
SEARCH = N_("Ricerca del portale")
BY_HAND = ManualCheck()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check; texts are marked. `url` is the public page where a person looks, empty when there is none.

    `rests_on` are the types of documents a result may rest on; `is_blocking`: without it nothing is approved, whatever
    the reason. `permission` is what recording it takes.
    """

    label: str
    is_due: Callable[[CheckSubject], bool]
    source: str = INTERNAL
    url: str = ""
    rests_on: tuple[str, ...] = ()
    is_blocking: bool = False
    permission: str = "application:review"
    adapter: Check = BY_HAND


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A check that is due, or an opinion that was asked (`kind` is then its area), with the newest record.

    `found` is what its source answers by itself, empty where a person has to look.
    """

    kind: CheckKind | Area
    label: str
    source: str
    latest: Verification | None
    is_blocking: bool
    url: str = ""
    found: CheckResult | None = None

    @property
    def result(self) -> CheckResult | None:
        """Give what a person has recorded, else what the source answers; nothing while it is not verified."""
        return self.latest.result if self.latest else self.found

    @property
    def is_gap(self) -> bool:
        """Tell whether it was not found good yet; what does not concern the company is as good."""
        return self.result not in SETTLES


class GapsError(ConflictError):
    """Checks are missing; `is_blocking` says that no written reason makes up for them."""

    code = "gaps"
    title = N_("Restano controlli da registrare")

    def __init__(self, detail: str, *, gaps: Sequence[DueCheck], is_blocking: bool) -> None:
        super().__init__(detail)
        self.gaps = gaps
        self.is_blocking = is_blocking


def _asked(*types: str) -> Callable[[CheckSubject], bool]:
    """Due where one of these documents is asked for, or was given all the same."""
    return lambda subject: not (subject.required | subject.given).isdisjoint(types)


def _has(section: str, name: str) -> Callable[[CheckSubject], bool]:
    return lambda subject: bool(subject.answer(section, name))


def _trades_in_the_union(subject: CheckSubject) -> bool:
    return subject.category == "UE" or bool(subject.answer("anagrafica", "eu_vat_number"))


def _is_certified(subject: CheckSubject) -> bool:
    return bool(subject.answer("organizzazione", "certifications")) or "certification" in subject.given


def _has_figures(subject: CheckSubject) -> bool:
    return bool(subject.answer("dati-economici", "turnover")) or "financials" in subject.given


def _works_with_us(subject: CheckSubject) -> bool:
    """Works or services at our sites by one that has told of its own safety (a grouping has not)."""
    return bool(subject.letters & {"L", "S"}) and "organizzazione" in subject.answers


def _always(_subject: CheckSubject) -> bool:
    return True


def _never(_subject: CheckSubject) -> bool:
    return False


POLICIES = ("liability_policy", "professional_policy")
KINDS: Mapping[CheckKind, Kind] = {
    CheckKind.VIES: Kind(
        N_("Partita IVA comunitaria"), _trades_in_the_union, "VIES", "https://ec.europa.eu/taxation_customs/vies/"
    ),
    CheckKind.BUSINESS_REGISTER: Kind(
        N_("Registro Imprese: attiva, oggetto, poteri"),
        _has("anagrafica", "rea_number"),
        N_("Registro Imprese"),
        "https://www.registroimprese.it/",
        ("register_extract",),
    ),
    CheckKind.PEC_REGISTER: Kind(N_("PEC"), _has("anagrafica", "pec"), "INI-PEC", "https://www.inipec.gov.it/"),
    CheckKind.DURC_ONLINE: Kind(
        "DURC", _asked("durc"), "Durc On Line", "https://www.inps.it/", ("durc",), is_blocking=True
    ),
    CheckKind.CREDIT_LICENSE: Kind(
        N_("Patente a crediti"),
        _asked("credit_license"),
        N_("Portale dei servizi INL"),
        "https://servizi.ispettorato.gov.it/",
        ("credit_license",),
        is_blocking=True,
    ),
    CheckKind.SOA: Kind("SOA", _asked("soa"), N_("Casellario ANAC"), "https://www.anticorruzione.it/", ("soa",)),
    CheckKind.WHITE_LIST: Kind(
        N_("White list"), _asked("white_list"), N_("Sito della prefettura"), rests_on=("white_list",)
    ),
    CheckKind.ACCREDITATION: Kind(
        N_("Certificazioni"), _is_certified, "Accredia", "https://www.accredia.it/", ("certification",)
    ),
    CheckKind.FGAS: Kind(
        "F-gas", _asked("fgas_company"), N_("Registro nazionale F-gas"), "https://www.fgas.it/", ("fgas_company",)
    ),
    CheckKind.INSURANCE: Kind(
        N_("Assicurazioni: massimali e pagamenti"), _asked(*POLICIES), N_("Polizze"), rests_on=POLICIES,
        is_blocking=True,
    ),
    CheckKind.FIGURES: Kind(
        N_("Dati economici di tre esercizi"), _has_figures, N_("Bilanci"), rests_on=("financials",)
    ),
    CheckKind.HSE_RECORD: Kind(
        N_("Infortuni e sicurezza"), _works_with_us, rests_on=("dvr_declaration", "self_employed_pack")
    ),
    CheckKind.DUPLICATES: Kind(N_("Assenza di duplicati"), _always),
    # whoever records it must be able to look there
    CheckKind.EXCLUDED_LIST: Kind(
        N_("Assenza dall’elenco dei soggetti esclusi"), _always, SEARCH, permission="exclusion:list",
        adapter=SearchedList(),
    ),
    CheckKind.IBAN_CALLBACK: Kind(N_("IBAN, richiamata telefonica"), _never),  # with the changes of an IBAN
}  # fmt: skip

AREA_LABELS: Mapping[Area, str] = {
    Area.HSE: N_("Salute, sicurezza e ambiente"),
    Area.ADMINISTRATION: N_("Amministrazione"),
    Area.QUALITY: N_("Qualità"),
}
OPINION_LABELS: Mapping[Area, str] = {
    Area.HSE: N_("Parere su salute, sicurezza e ambiente"),
    Area.ADMINISTRATION: N_("Parere dell’amministrazione"),
    Area.QUALITY: N_("Parere della qualità"),
}


def list_due_checks(
    session: Session,
    application: Application,
    *,
    settings: Settings,
    leaves: Collection[str] | None = None,
    asked: AskedDocuments | None = None,
) -> list[DueCheck]:
    """Give the checks due of an application in the order of the table, each with its newest record.

    With `leaves` what is due if these alone are granted. Whoever has read the documents already gives them.
    """
    answers = application.content.answers
    if leaves is not None:
        answers = for_leaves(answers, leaves)
    asked = asked or list_asked(session, application, settings=settings, answers=answers)
    subject = subject_of(session, application, asked, answers)
    newest = latest_checks(session, application.id)
    return [
        DueCheck(
            kind,
            one.label,
            one.source,
            newest.get(kind),
            one.is_blocking,
            one.url,
            one.adapter.check(subject, kind).result,
        )
        for kind, one in KINDS.items()
        if one.is_due(subject)
    ]


def list_gaps(
    session: Session,
    application: Application,
    *,
    by: Principal | None,
    settings: Settings,
    leaves: Collection[str] | None = None,
    asked: AskedDocuments | None = None,
) -> list[DueCheck]:
    """Give what is due and was not found good, and the opinions that were asked and not given.

    What `by` may not know of is left out: nobody proposes around the excluded list to learn who is on it. Without `by`
    what every reviewer may know.
    """
    due = list_due_checks(session, application, settings=settings, leaves=leaves, asked=asked)
    return [one for one in due if one.is_gap and may_look_up(by, one.kind)] + [
        DueCheck(area, OPINION_LABELS[area], INTERNAL, None, is_blocking=False)
        for area in session.scalars(
            select(Opinion.area)
            .where(Opinion.application_id == application.id, Opinion.answered_at.is_(None), Opinion.ended_at.is_(None))
            .order_by(Opinion.asked_at)
        )
    ]


def require_checks(
    session: Session,
    application: Application,
    *,
    by: Principal | None,
    leaves: Collection[str] | None = None,
    gaps_reason: str,
    settings: Settings,
) -> list[DueCheck]:
    """Let an approval go on only without a blocking gap, and with a written reason when there are others.

    With `leaves` what counts is what is due if these alone are granted; what `by` may not know of is for who decides.
    Gives the gaps. Raises: GapsError, in the words staff read.
    """
    gaps = list_gaps(session, application, by=by, leaves=leaves, settings=settings)
    if blocking := [one for one in gaps if one.is_blocking]:
        said = gettext("Prima di accettare va registrato un esito positivo per: %(checks)s.", checks=names_of(blocking))
        raise GapsError(said, gaps=gaps, is_blocking=True)
    if gaps and len(gaps_reason.strip()) < REASON_MIN:
        said = gettext(
            "Spiega in almeno %(least)s caratteri perché si accetta senza un esito positivo per: %(checks)s.",
            least=REASON_MIN, checks=names_of(gaps),
        )  # fmt: skip
        raise GapsError(said, gaps=gaps, is_blocking=False)
    return gaps


def may_look_up(principal: Principal | None, kind: CheckKind | Area) -> bool:
    """Tell whether a person may know of a check: who hits the excluded list is for approvers and auditors alone."""
    return kind != CheckKind.EXCLUDED_LIST or (principal is not None and may(principal, "exclusion:list"))


def subject_of(
    session: Session, application: Application, asked: AskedDocuments, answers: Mapping[str, Any]
) -> CheckSubject:
    """Give what the table asks about, with these answers of the application."""
    return CheckSubject(
        category=application.legal_category,
        letters=frozenset(SUPPLY_TYPES[code].letter for code in application.supply_types),
        answers=answers,
        required=frozenset(one.type.code for one in asked.required),
        given=frozenset(one.type for one in asked.documents if (one.type, one.slot) in asked.present),
        is_listed=bool(list_hits(session, application)),
    )


def latest_checks(session: Session, application_id: UUID) -> dict[CheckKind, Verification]:
    """Give the newest record of each kind, due or not."""
    own = Verification.application_id == application_id
    newest = select(func.max(Verification.id)).where(own).group_by(Verification.kind)
    return {one.kind: one for one in session.scalars(select(Verification).where(Verification.id.in_(newest)))}


def names_of(gaps: Iterable[DueCheck]) -> str:
    """Name checks one after the other."""
    return ", ".join(gettext(one.label) for one in gaps)
