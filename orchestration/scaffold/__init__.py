"""What a new stream begins with: contract, models, tests, policies."""
