"""A workspace of one test."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.routes.asked_reports import add_website
from tests.routes.sent_events import SITE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource


@pytest.fixture
def workspace_id(tables: "DynamoDBServiceResource") -> str:
    """Return a workspace with its own website, so that rows of other tests do not count."""
    name = f"ws_{uuid4().hex}"
    add_website(tables, name, SITE)
    return name
