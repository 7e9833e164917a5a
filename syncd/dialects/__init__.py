"""What each family of files means: columns, verbs and options, mostly as tables of data."""
