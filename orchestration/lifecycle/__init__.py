"""Lifecycle and retention: decide what rows are due for, then move, anonymise or destroy them."""
