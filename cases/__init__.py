"""The runner of acceptance cases: folders of input files and of what must come out."""
