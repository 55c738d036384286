"""Every letter the portal writes itself, by its message: who writes it stands in the feature."""

from service.accounts.email_letters import LETTERS as EMAIL_LETTERS
from service.applications.address_letters import LETTERS as ADDRESS_LETTERS
from service.applications.correction_letters import LETTERS as CORRECTION_LETTERS
from service.applications.desk.letters import LETTERS as DESK_LETTERS
from service.applications.desk.taking_letters import LETTERS as TAKING_LETTERS
from service.applications.draft_letters import LETTERS as DRAFT_LETTERS
from service.applications.letters import LETTERS as APPLICATION_LETTERS
from service.invitations.letters import LETTERS as INVITATION_LETTERS
from service.suppliers.letters import LETTERS as SUPPLIER_LETTERS
from service.suppliers.people_letters import LETTERS as PEOPLE_LETTERS
from service.worker import audit_tasks, digest_tasks

LETTERS = {
    **APPLICATION_LETTERS,
    **CORRECTION_LETTERS,
    **DRAFT_LETTERS,
    **ADDRESS_LETTERS,
    **DESK_LETTERS,
    **TAKING_LETTERS,
    **INVITATION_LETTERS,
    **SUPPLIER_LETTERS,
    **PEOPLE_LETTERS,
    **EMAIL_LETTERS,
    **audit_tasks.LETTERS,
    **digest_tasks.LETTERS,
}
