"""The numbers of `/health/ready` and `/metrics` in words, for "Attività"."""

from dataclasses import dataclass

from service.accounts.numbers import Numbers, Seen
from service.jobs.far_sides import Side
from service.locales import N_, gettext, ngettext
from service.mail.models import DeliveryStatus
from service.web.dates import instant
from service.web.templating import text_of

SIDES = {
    Side.KEYCLOAK: N_("Keycloak"),
    Side.SMTP: N_("Server di posta"),
    Side.IMAP: N_("Casella dei messaggi respinti"),
}


@dataclass(frozen=True, slots=True)
class NumberLines:
    """Pairs of a name and what is to be said of it; `is_degraded` when somebody should look."""

    lines: list[tuple[str, str]]
    is_degraded: bool


def number_lines(found: Numbers) -> NumberLines:
    """Put the numbers into words."""
    jobs = found.jobs
    minutes = round(found.oldest_seconds / 60)
    mails = ", ".join(_letters(DeliveryStatus(status), number) for status, number in found.mails.items() if number)
    lines = [(gettext("Worker"), _worker(found.sides[Side.WORKER]))]
    lines += [(text_of(name), _side(found.sides[side])) for side, name in SIDES.items()]
    lines += [
        (gettext("Attività in attesa"), str(jobs["ready"])),
        (gettext("Attività bloccate"), str(jobs["stuck"])),
        (gettext("Attività in ritardo"), str(jobs["late"])),
        (gettext("La più vecchia aspetta da"), ngettext("%(num)s minuto", "%(num)s minuti", minutes)),
        (gettext("Accessi ancora da consegnare"), str(found.waiting_for_access)),
        (gettext("E-mail degli ultimi 90 giorni"), mails or gettext("nessuna")),
        (gettext("Indirizzi che respingono"), str(found.stopped_addresses)),
    ]
    return NumberLines(lines, found.is_degraded)


def _letters(status: DeliveryStatus, number: int) -> str:
    words = {
        DeliveryStatus.SENT: ngettext("%(num)s inviata", "%(num)s inviate", number),
        DeliveryStatus.FAILED: ngettext("%(num)s non inviata", "%(num)s non inviate", number),
        DeliveryStatus.SENDING: ngettext("%(num)s in invio", "%(num)s in invio", number),
        DeliveryStatus.BOUNCED: ngettext("%(num)s respinta", "%(num)s respinte", number),
        DeliveryStatus.HELD: ngettext(
            "%(num)s ferma: l’indirizzo respinge", "%(num)s ferme: l’indirizzo respinge", number
        ),
    }
    return words[status]


def _worker(seen: Seen) -> str:
    if seen.failed_at is None and seen.succeeded_at is not None:
        return gettext("lavora, l’ultima notizia è del %(when)s", when=instant(seen.succeeded_at))
    return _side(seen)


def _side(seen: Seen) -> str:
    if seen.failed_at is not None:
        return gettext("%(reason)s, dal %(when)s", reason=seen.reason, when=instant(seen.failed_at))
    if seen.succeeded_at is None:
        return gettext("non configurata, o non ancora chiesta")
    if seen.is_old:
        return gettext("non si sa: nessuno lo chiede dal %(when)s", when=instant(seen.succeeded_at))
    return gettext("risponde, l’ultima volta il %(when)s", when=instant(seen.succeeded_at))
