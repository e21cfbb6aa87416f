"""Tracking plans: which events an application may write; read, checked, exchanged, enforced."""
