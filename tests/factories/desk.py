"""What staff leave on the review desk before a decision."""

from service.local.checks import record_due_checks

__all__ = ["record_due_checks"]
