"""Checks of the services that the API depends on, on request and on a schedule."""
