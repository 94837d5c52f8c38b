"""The canary, which runs the warehouse checks on a schedule and after each deployment, and counts the passes.

The alarm expects passes instead of watching for failures, so that it also detects a canary that does not run.
"""

from pixel.aws.json_service import AwsError
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.observability import count, flush_metrics, logger
from pixel.foundation.settings import ConfigurationError
from pixel.health.outages import record_failure
from pixel.tinybird.checks import check_ingest, check_tokens, passes

_CHECKS = {"ingest": check_ingest, "tokens": check_tokens}


def run_canary(_event: JsonObject, _context: object) -> JsonObject:
    """Run the checks and return the result of each."""
    results = {name: passes(name, check) for name, check in _CHECKS.items()}
    if not all(results.values()):
        _record()
    count("CanaryPasses", int(all(results.values())))
    flush_metrics()
    return {name: "ok" if passed else "failed" for name, passed in results.items()}


def _record() -> None:
    """Record the failure for alerts, which must not judge what is counted meanwhile."""
    try:
        record_failure(now())
    except (AwsError, ConfigurationError) as failure:
        logger.error("the outage could not be recorded", reason=str(failure))
