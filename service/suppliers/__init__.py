"""The admitted organisations and what they are qualified for."""
