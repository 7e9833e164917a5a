"""The cases, one module each, in the letters of the figures that are wanted of syncd."""
