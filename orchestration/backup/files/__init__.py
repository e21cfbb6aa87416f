"""Folders of files in a backup."""
