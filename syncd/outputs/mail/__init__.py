"""Letters to the admin: composed, kept in the outbox until a server has taken them, and sent by SMTP."""
