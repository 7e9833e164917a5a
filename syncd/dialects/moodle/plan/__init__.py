"""What makes a plan of the rows of each kind of file, by the rules of Moodle."""
