"""Staff invite a company to apply."""
