"""Exports of published marts as files, each with a manifest and an entry in the export log."""
