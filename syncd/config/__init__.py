"""Settings: one definition each, from which come the checks, the explanations and the commented example."""
