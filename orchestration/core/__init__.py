"""What every room needs: settings, errors, clock, files, contracts and the terminal."""
