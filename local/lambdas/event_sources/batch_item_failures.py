"""Batch item failures, which a function reports if its mapping has ReportBatchItemFailures."""

import json

from local.lambdas.runtime_api import Outcome


def failed_ids(outcome: Outcome, *, reports_failures: bool) -> set[str] | None:
    """Return the ids of failed items; None means the whole batch, after an error or an invalid answer."""
    if outcome.error is not None:
        return None
    if not reports_failures:
        return set()
    try:
        answer = json.loads(outcome.payload)
        failures = (answer or {}).get("batchItemFailures") or []
        ids = {failure["itemIdentifier"] for failure in failures}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return ids if all(isinstance(one, str) and one for one in ids) else None
