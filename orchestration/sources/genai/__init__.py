"""Calls to AI models, whatever application makes them."""
