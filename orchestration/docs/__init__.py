"""Pages of `docs/` that are written from the code: commands, settings, rooms."""

MADE = "<!-- Made by `make docs` from the code; edit that. -->"


def escaped(text: str | None) -> str:
    """A text whose angle brackets Markdown shows rather than reads."""
    return (text or "").replace("<", "\\<")
