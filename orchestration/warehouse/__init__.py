"""The engines: how each is opened, written, locked and compared."""
