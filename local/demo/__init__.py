"""Demo workspaces, their records, and generated traffic of any size."""
