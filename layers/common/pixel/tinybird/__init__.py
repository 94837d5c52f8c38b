"""Tinybird: calls, tokens and the catalogue of pipes. No other package talks to it."""
