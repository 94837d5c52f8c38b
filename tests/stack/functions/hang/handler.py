"""Outlasts its time-out."""

import time


def handler(_event: object, _context: object) -> object:
    time.sleep(60)
    return {"statusCode": 200, "body": "too late"}
