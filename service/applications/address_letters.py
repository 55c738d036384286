"""The letters of a changed address: one to the new, one to the old."""

from service.applications.letters import Writer

LETTERS: dict[str, Writer] = {}
