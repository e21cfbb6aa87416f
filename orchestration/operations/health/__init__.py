"""How well the warehouse is, in parts, each with what to do about it."""
