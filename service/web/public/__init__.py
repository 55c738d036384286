"""Pages that need no sign-in: home, help, notices, registration, status."""
