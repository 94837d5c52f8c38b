"""A bare Lambda function, with which all others are compared."""


def handler(_event: object, _context: object) -> dict[str, object]:
    return {"statusCode": 200, "body": "{}"}
