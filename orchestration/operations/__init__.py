"""Whether the warehouse is well, who is told when it is not, and what it needs every day."""
