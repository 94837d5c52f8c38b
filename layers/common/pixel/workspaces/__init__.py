"""What a workspace owns, and the rules of each record."""
