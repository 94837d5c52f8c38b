"""Checks of a deployment from the operator's side."""
