"""SFTP: `serving`, a server that remote systems drop into; `fetching`, a client; `dropbox`, where both put files."""
