"""The moodle dialect: the command files of a Moodle file drop."""
