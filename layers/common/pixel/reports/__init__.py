"""Queries of pipes, and their responses: tokens or rows."""
