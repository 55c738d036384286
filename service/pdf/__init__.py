"""The PDFs of the portal: typst templates, and `render`, the one way to a PDF; the facts in it come from elsewhere."""

from service.pdf.rendering import TEMPLATES, render

__all__ = ["TEMPLATES", "render"]
