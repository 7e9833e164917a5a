"""SFTP: the embedded server that a remote system drops into, and the client that fetches from one."""
