"""Run the warehouse's daily maintenance, step by step."""
