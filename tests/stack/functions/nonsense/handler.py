"""Answers what the request's body says, which API Gateway cannot use."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: object) -> object:
    return json.loads(event["body"])
