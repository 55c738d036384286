"""What must happen outside the database: rows written with the decision, done by workers under a lease."""
