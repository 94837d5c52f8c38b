"""Demo workspaces, their records, and made-up traffic of any size."""
