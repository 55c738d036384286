"""Where the people at Keycloak and our accounts have come apart: compared, stored, put right (security.md G17)."""
