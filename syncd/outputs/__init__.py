"""What a run leaves behind: report, tryback and archive."""
