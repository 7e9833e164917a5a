"""Writes the pages under docs/reference from the code: one module a page, each with a function `page`."""
