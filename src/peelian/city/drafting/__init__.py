"""Adding a source: a draft of its mapping, a check of a file against it, and the page an analyst reads."""
