"""Checks of a deployed stack."""
