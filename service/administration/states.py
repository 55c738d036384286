"""What can be edited."""

from enum import StrEnum


class EditionKind(StrEnum):
    """The kinds of things an admin changes."""

    REASON = "reason"
    TIME = "time"
    DOCUMENT_RULE = "document_rule"
    LEAF = "leaf"
    FAQ = "faq"
    MAIL = "mail"
    NOTICE = "notice"
