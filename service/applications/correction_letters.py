"""The letters of a round of corrections: asked, reminded, extended, received, expired."""

from service.applications.letters import Writer

LETTERS: dict[str, Writer] = {}
