"""The daemon: wakes when something may have come, and keeps going."""
