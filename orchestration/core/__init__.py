"""What every room needs: settings, errors, time, files, contracts, the terminal."""
