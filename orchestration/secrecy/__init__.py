"""Pseudonyms, encryption and signatures, and the keys of each."""
