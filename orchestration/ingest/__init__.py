"""The loader: landed files become typed rows or rejects, exactly once."""
