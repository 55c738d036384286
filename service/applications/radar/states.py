"""Why two records look alike, and what a reviewer says of it (domain.md section 11)."""

from enum import StrEnum


class Likeness(StrEnum):
    """What two records have in common."""

    VAT_GROUP = "vat_group"
    NAME = "name"
    EMAIL_DOMAIN = "email_domain"
    IBAN = "iban"
    PHONE = "phone"
    REPRESENTATIVE = "representative"


class Mark(StrEnum):
    """What a reviewer says of two records that look alike."""

    SAME = "same"
    SAME_GROUP = "same_group"
    DIFFERENT = "different"
