"""The environment that a function finds, as Lambda and the template set it, with nothing of this machine in it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping

REGION = "eu-central-1"
KEYS_TABLE = "test-keys"
COUNTERS_TABLE = "test-counters"
WORKSPACE_TABLE = "test-workspace"
CLAIMS_TABLE = "test-claims"
LINKS_TABLE = "test-links"
SECRETS_TABLE = "test-secrets"
SPILL_QUEUE = "test-spill"
DEAD_LETTER_QUEUE = "test-dead-letter"
INGEST_QUEUE = "test-ingest"
FILE_QUEUE = "test-files"
CLICKS_QUEUE = "test-clicks"
MESSAGE_QUEUE = "test-messages"
MAIL_QUEUE = "test-mails"
COLLECT_QUEUE = "test-collect"
LINKS_URL = "https://go.example.com"
FILES_BUCKET = "test-bucket"
LINKS_URL = "https://go.example.com"
SECRETS_PATH = "/pixel/test"
ERRORS_PAGE_URL = "https://docs.example.com/errors"
TINYBIRD_WORKSPACE_ID = "11111111-2222-4333-8444-555555555555"

TABLE_NAMES = {
    "ApiKeysTable": KEYS_TABLE,
    "CountersTable": COUNTERS_TABLE,
    "WorkspaceTable": WORKSPACE_TABLE,
    "ClaimsTable": CLAIMS_TABLE,
    "LinksTable": LINKS_TABLE,
    "SecretsTable": SECRETS_TABLE,
}

QUEUE_NAMES = {
    "SpillQueue": SPILL_QUEUE,
    "DeadLetterQueue": DEAD_LETTER_QUEUE,
    "IngestQueue": INGEST_QUEUE,
    "FileQueue": FILE_QUEUE,
    "ClicksQueue": CLICKS_QUEUE,
    "CollectQueue": COLLECT_QUEUE,
}

_OWNER = urlsafe_b64encode(json.dumps({"u": TINYBIRD_WORKSPACE_ID}).encode()).rstrip(b"=").decode()
TINYBIRD_TOKEN = f"p.{_OWNER}.signature"
"""Of that workspace, as far as one can see without asking Tinybird."""


def set_environment(environment: MutableMapping[str, str]) -> None:
    for name in [name for name in environment if name.startswith(("AWS_", "PIXEL_", "POWERTOOLS_"))]:
        del environment[name]
    environment.update(
        {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Nobody listens there: a test that needs AWS asks for the fixture `tables`.
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "PIXEL_KEYS_TABLE": KEYS_TABLE,
            "PIXEL_COUNTERS_TABLE": COUNTERS_TABLE,
            "PIXEL_WORKSPACE_TABLE": WORKSPACE_TABLE,
            "PIXEL_CLAIMS_TABLE": CLAIMS_TABLE,
            "PIXEL_SECRETS_PATH": SECRETS_PATH,
            "PIXEL_TINYBIRD_URL": "http://127.0.0.1:1",
            "PIXEL_TINYBIRD_WORKSPACE_ID": TINYBIRD_WORKSPACE_ID,
            "PIXEL_SPILL_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{SPILL_QUEUE}",
            "PIXEL_DEAD_LETTER_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{DEAD_LETTER_QUEUE}",
            "PIXEL_ERRORS_PAGE_URL": ERRORS_PAGE_URL,
            "PIXEL_FILE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{FILE_QUEUE}",
            "PIXEL_FILES_BUCKET": FILES_BUCKET,
            "PIXEL_LINKS_TABLE": LINKS_TABLE,
            "PIXEL_COLLECT_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{COLLECT_QUEUE}",
            "PIXEL_CLICKS_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{CLICKS_QUEUE}",
            "PIXEL_LINKS_URL": LINKS_URL,
            "PIXEL_HOOK_QUEUE_URL": "",
            "PIXEL_SECRETS_TABLE": SECRETS_TABLE,
            "PIXEL_ALLOW_PRIVATE_WEBHOOKS": "false",
            "PIXEL_EDGE_ENABLED": "false",
            "PIXEL_ALERT_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/test-alerts",
            "PIXEL_MESSAGE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{MESSAGE_QUEUE}",
            "PIXEL_MAIL_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{MAIL_QUEUE}",
            "PIXEL_MAIL_FROM": "Reports <reports@own.example>",
            "PIXEL_MAIL_DOMAINS": "own.example",
            "PIXEL_MAIL_CONFIGURATION_SET": "",
            "PIXEL_SEND_RATE": "14",
            "PIXEL_PUBLIC_URL": "https://api.example.com/live",
            "POWERTOOLS_METRICS_NAMESPACE": "PixelApi",
            "POWERTOOLS_SERVICE_NAME": "test",
        }
    )
