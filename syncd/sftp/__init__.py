"""SFTP: `serving`, the server that remote systems drop into; `fetching`, the client; `dropbox`, where both put files."""
