"""Secrets: pseudonyms, encryption, signatures, and the keys of each."""
