"""Disasters rehearsed: on restored copies, with what came of it on record."""
