"""Bytes to columns and back: decode, boundaries, types, hashes, difference. No clock, log, file name or socket."""
