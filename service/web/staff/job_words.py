"""Where a background job stands, in the words of durability.md section 8."""

from service.clock import local_date
from service.jobs.models import JobStatus
from service.jobs.repository import JobRow
from service.locales import N_, gettext
from service.web.dates import clock_time, instant
from service.web.staff.words import JOB_KINDS

ENDED = {
    JobStatus.STUCK: N_("bloccato"),
    JobStatus.DONE: N_("completato"),
    JobStatus.CANCELLED: N_("annullato"),
}


def job_words(job: JobRow) -> str:
    """Say where a job stands."""
    if job.status in ENDED:
        return gettext(ENDED[job.status])
    if job.is_running or job.is_due:
        return gettext("in corso") if job.is_running else gettext("in coda")
    if local_date(job.run_at) == local_date():
        when = gettext("alle %(time)s", time=clock_time(job.run_at))
    else:
        when = gettext("il %(instant)s", instant=instant(job.run_at))
    if not job.attempts:
        return gettext("in programma %(when)s", when=when)
    return gettext("nuovo tentativo %(when)s", when=when)


def job_kind(job: JobRow) -> str:
    """Give the colour of the job's tag."""
    waits_again = job.status == JobStatus.READY and bool(job.attempts) and not job.is_running
    return "warn" if waits_again else JOB_KINDS.get(job.status, "")
