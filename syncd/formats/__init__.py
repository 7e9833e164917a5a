"""The contract of a dialect, and what reads and recognises the files of any."""
