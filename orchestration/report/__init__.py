"""Reports over the published marts, for people."""
