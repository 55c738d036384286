"""The internal paper about one application, from its beginning to now: its facts. How they look is `pdf`'s."""
