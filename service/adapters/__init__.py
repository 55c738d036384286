"""What the ports look like in the real world: Keycloak, SMTP, files. The exceptions of the libraries stop here."""
