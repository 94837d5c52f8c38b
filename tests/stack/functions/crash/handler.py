"""Raises, with a secret in the text."""

SECRET = "the-inside-of-the-function"


def handler(_event: object, _context: object) -> object:
    raise RuntimeError(SECRET)
