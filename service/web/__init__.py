"""The surfaces: pages for the public, suppliers and staff. Rules live in the features, never here."""
