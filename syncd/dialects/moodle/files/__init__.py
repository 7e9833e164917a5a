"""The kinds of file of the moodle dialect: their columns, names and what their rows ask for."""
