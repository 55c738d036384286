"""What the excluded list says of a company, its representative, the members of a grouping: for approvers and auditors.

Whoever calls has asked for the permission `exclusion:list`.
"""

from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import Application
from service.exclusions.models import Exclusion
from service.exclusions.repository import list_exclusions_of
from service.locales import N_
from service.suppliers.models import Supplier

HIT = N_("L’impresa è nell’elenco dei soggetti esclusi.")
REPRESENTATIVE_HIT = N_("Il legale rappresentante è nell’elenco dei soggetti esclusi.")
MEMBER_HIT = N_("Un componente del raggruppamento è nell’elenco dei soggetti esclusi.")


def list_hits(session: Session, record: Application | Supplier) -> list[tuple[str, Exclusion]]:
    """Give the entries in force that concern a record, each with the sentence that says whom; it is not translated."""
    words = _keys_of(record)
    return [(words[one.identity_key], one) for one in list_exclusions_of(session, words)]


def _keys_of(record: Application | Supplier) -> dict[str, str]:
    answers = record.answers if isinstance(record, Supplier) else record.content.answers
    found: dict[str, str] = {}
    for row in answers.get("componenti", {}).get("members", []):
        found[questionnaire.company_key(row.get("member_country") or "IT", row.get("member_tax_id") or "")] = MEMBER_HIT
    representative = answers.get("rappresentante", {}).get("rep_tax_code")
    found[questionnaire.company_key("IT", representative or "")] = REPRESENTATIVE_HIT
    found[record.identity_key or ""] = HIT
    found.pop("", None)
    return found
