"""What staff read on the review desk: results, verdicts, opinions, each with the colour of its tag. Words only."""

from collections.abc import Mapping

from service import questionnaire
from service.applications.desk.checks import AREA_LABELS, KINDS
from service.applications.desk.states import Area, CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.states import State
from service.locales import N_
from service.web.templating import text_of

RESULT_WORDS = {
    CheckResult.POSITIVE: N_("Positivo"),
    CheckResult.NEGATIVE: N_("Negativo"),
    CheckResult.UNVERIFIABLE: N_("Non verificabile"),
    CheckResult.NOT_DUE: N_("Non dovuto"),
}
RESULT_KINDS = {CheckResult.POSITIVE: "ok", CheckResult.NEGATIVE: "bad", CheckResult.UNVERIFIABLE: "bad"}
UNCHECKED = N_("Non verificata")

VERDICT_WORDS = {SectionVerdictKind.GOOD: N_("A posto"), SectionVerdictKind.DOUBTFUL: N_("Dubbia")}
VERDICT_KINDS = {SectionVerdictKind.GOOD: "ok", SectionVerdictKind.DOUBTFUL: "warn"}

OUTCOME_WORDS = {
    OpinionOutcome.FAVOURABLE: N_("Favorevole"),
    OpinionOutcome.WITH_RESERVE: N_("Favorevole con riserva"),
    OpinionOutcome.UNFAVOURABLE: N_("Contrario"),
}
OUTCOME_KINDS = {
    OpinionOutcome.FAVOURABLE: "ok",
    OpinionOutcome.WITH_RESERVE: "warn",
    OpinionOutcome.UNFAVOURABLE: "bad",
}
# why an open question cannot be answered now, by the state of its application
PAUSED: Mapping[State, str] = {
    State.INFORMATION_REQUESTED: N_("Si risponde quando l’impresa ha inviato le integrazioni."),
    State.SUBMITTED: N_("Si risponde quando qualcuno prende di nuovo in carico la domanda."),
}


def paused_words(state: State) -> str:
    """Say what an answer waits for; nothing while the application is under review."""
    return text_of(PAUSED[state]) if state in PAUSED else ""


def event_words(data: Mapping[str, object]) -> list[str]:
    """Say what an event of the desk was about; never what was found or written: that has its own place."""
    titles = {one.slug: one.title for one in questionnaire.SECTIONS}
    check, area, section = (str(data.get(name) or "") for name in ("check", "area", "section"))
    said = (
        KINDS[CheckKind(check)].label if check in set(CheckKind) else "",
        AREA_LABELS[Area(area)] if area in set(Area) else "",
        titles.get(section, ""),
    )
    return [text_of(one) for one in said if one]
