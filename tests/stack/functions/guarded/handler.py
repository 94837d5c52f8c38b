"""A second route behind the authorizer."""


def handler(_event: object, _context: object) -> object:
    return {"statusCode": 200, "body": "{}"}
