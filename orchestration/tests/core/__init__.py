"""What every room needs: contracts, files, the terminal."""
