"""Exports: published marts as files a person can take away, each with a manifest and on record."""
