"""The functions of the embedded stack under AWS's runtime client, and their event sources."""
