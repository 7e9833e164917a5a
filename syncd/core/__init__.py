"""Words and decisions: standard library only; no clock, log, file or socket."""
