"""The client: what is new on a remote server comes into a drop box, each file once."""
