"""The drop box of an account or a pull: where files stand while they are sent, and how they get their places."""
