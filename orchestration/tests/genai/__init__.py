"""Calls to AI models: how they are written, and what becomes of them."""
