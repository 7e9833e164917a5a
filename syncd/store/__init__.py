"""The roster and the journal of runs in a database: SQLite, or PostgreSQL by one setting."""
