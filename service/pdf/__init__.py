"""The PDFs of the portal: typst templates and one `render`."""
