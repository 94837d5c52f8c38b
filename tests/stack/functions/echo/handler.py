"""Answers the event it got, and headers that API Gateway renames."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: object) -> object:
    headers = {"WWW-Authenticate": "Bearer", "Server": "echo", "X-Kept": "kept"}
    return {"statusCode": 200, "headers": headers, "body": json.dumps(event)}
