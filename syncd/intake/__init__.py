"""Intake: the drop folder, its handshake, and the workrooms that its files are taken into."""
