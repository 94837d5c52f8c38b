"""Infinity Metrics, drop-in: events and purchases as that API takes them, and analytics as it answers."""
