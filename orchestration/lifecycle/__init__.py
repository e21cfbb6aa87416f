"""Lifecycle and retention: what rows are due for, and moving, cutting loose or destroying them."""
