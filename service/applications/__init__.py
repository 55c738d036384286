"""The request to be admitted as a supplier, until it is decided."""
