"""Pages of a signed-in supplier below `/area`."""
