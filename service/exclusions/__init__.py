"""The excluded list (elenco soggetti esclusi): internal, never shown to suppliers, it routes to the approver."""
