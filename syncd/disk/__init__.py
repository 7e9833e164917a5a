"""Files that must survive a crash: what every adapter that writes files stands on."""
