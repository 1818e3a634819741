"""What a search gains by starting from the designs of another."""
