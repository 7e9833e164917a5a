"""The documentation: pages in Markdown, and what writes those under reference/."""
