"""Valid answers and forms for tests: the same examples as the demo data."""

from service.local.examples import BUILT, complete_answers, complete_form

__all__ = ["BUILT", "complete_answers", "complete_form"]
