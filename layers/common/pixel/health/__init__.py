"""Checks of what the API stands on, on request and on a schedule."""
