"""What a figure means: values that cannot be, clocks, tails, support."""
