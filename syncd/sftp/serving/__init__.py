"""The server: who may come in, what a session asks for, and its answers."""
