"""The people of a supplier at Keycloak: their accounts, how they come to be and how they stay right."""
