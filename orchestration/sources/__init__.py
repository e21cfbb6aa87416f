"""The applications whose records are taken in: a folder each, found by listing this one."""
