"""The command line: it asks `app` and shows what comes back; no rules of the domain."""
