"""The letter that a draft is about to be deleted."""

from service.applications.letters import Writer

LETTERS: dict[str, Writer] = {}
