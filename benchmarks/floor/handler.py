"""The least that a Lambda function can be: what all others are compared with."""


def handler(_event: object, _context: object) -> dict[str, object]:
    return {"statusCode": 200, "body": "{}"}
