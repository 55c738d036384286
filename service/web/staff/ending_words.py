"""How an account ended, in the words of the pages on which staff decide whether its person comes back."""

from service.accounts.endings import Ending
from service.locales import gettext
from service.web.dates import instant
from service.web.staff.application_views import reason_words


def ended_words(ending: Ending) -> str:
    """Name the account with when, by whom and why it ended."""
    name, why = ending.account.username, reason_words(ending.reason) or gettext("non registrato")
    if ending.at is None:
        return gettext("%(username)s, che era revocata", username=name)
    when, who = instant(ending.at), ending.by_name
    if ending.is_cancelled:
        return gettext("%(username)s, annullata il %(when)s da %(who)s (motivo: %(why)s)",
                       username=name, when=when, who=who, why=why)  # fmt: skip
    if ending.is_by_company:
        return gettext("%(username)s, tolta dalla sua impresa il %(when)s (da %(who)s)",
                       username=name, when=when, who=who)  # fmt: skip
    return gettext("%(username)s, revocata il %(when)s da %(who)s (motivo: %(why)s)",
                   username=name, when=when, who=who, why=why)  # fmt: skip


def return_words(ending: Ending) -> str:
    """Say that it becomes active again."""
    return gettext("Torna attiva l’utenza %(ended)s.", ended=ended_words(ending))


def warning_words(ending: Ending) -> str:
    """Warn whoever decides, where ICRI had shut the person out; empty where the company itself had removed it."""
    if ending.account.is_ended_by_company or ending.is_cancelled:
        return ""
    return gettext("Attenzione: questa persona era stata esclusa. Con la conferma torna a entrare, nel portale e nelle "
                   "altre applicazioni ICRI.")  # fmt: skip


def bar_words(ending: Ending) -> str:
    """Say why a company does not have the person back."""
    return gettext(ending.bar, day=ending.day) + "."
