"""Answers more than Lambda can return."""


def handler(_event: object, _context: object) -> object:
    return {"statusCode": 200, "body": "x" * 7_000_000}
