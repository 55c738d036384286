"""The words of the review desk: kinds of checks, their results, areas of specialists, opinions (domain.md 13, 14)."""

from enum import StrEnum

from service.access.principal import Area

__all__ = ["Area", "CheckKind", "CheckResult", "OpinionOutcome", "SectionVerdictKind"]


class CheckKind(StrEnum):
    """What is checked (domain.md section 14)."""

    VIES = "vies"
    BUSINESS_REGISTER = "business_register"
    PEC_REGISTER = "pec_register"
    DURC_ONLINE = "durc_online"
    CREDIT_LICENSE = "credit_license"
    SOA = "soa"
    WHITE_LIST = "white_list"
    ACCREDITATION = "accreditation"
    FGAS = "fgas"
    INSURANCE = "insurance"
    FIGURES = "figures"
    HSE_RECORD = "hse_record"
    DUPLICATES = "duplicates"
    EXCLUDED_LIST = "excluded_list"
    IBAN_CALLBACK = "iban_callback"


class CheckResult(StrEnum):
    """What a check found; without a record it is not verified."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNVERIFIABLE = "unverifiable"
    NOT_DUE = "not_due"


class SectionVerdictKind(StrEnum):
    """What a reviewer says of a section."""

    GOOD = "good"
    DOUBTFUL = "doubtful"


class OpinionOutcome(StrEnum):
    """What a specialist thinks."""

    FAVOURABLE = "favourable"
    WITH_RESERVE = "with_reserve"
    UNFAVOURABLE = "unfavourable"
