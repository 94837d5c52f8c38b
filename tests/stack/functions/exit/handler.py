"""Ends its process in the middle of a request."""

import os


def handler(_event: object, _context: object) -> object:
    os._exit(3)
