"""Reports for people, read from the published marts."""
