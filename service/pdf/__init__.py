"""The PDFs of the portal: typst templates, and `render`, the one way to a PDF. Which facts stand in it is not known here."""

from service.pdf.rendering import TEMPLATES, render

__all__ = ["TEMPLATES", "render"]
