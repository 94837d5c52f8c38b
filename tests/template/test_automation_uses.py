"""The nested stack of alerts, reports and webhooks: rights that only AWS asks for, and metrics that alarms wait for."""

from typing import Any

from tests.template import document
from tests.template.document import AUTOMATION, ROOT

_RESOURCES: dict[str, Any] = document.written(AUTOMATION)["Resources"]
_LAYER = ROOT / "layers/common/pixel"


def _actions(role: str) -> set[str]:
    [policy] = _RESOURCES[role]["Properties"]["Policies"]
    return {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        if "Action" in statement
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_whoever_starts_reports_may_check_that_they_are_as_they_were_read() -> None:
    """A check in a transaction is a right of its own, for which the tables of other tests do not ask."""
    assert "tables.check(" in (_LAYER / "automation/reporting.py").read_text()
    assert "dynamodb:ConditionCheckItem" in _actions("ComposeMessageRole")


def test_alarms_wait_for_metrics_that_are_written() -> None:
    source = "".join(file.read_text() for file in _LAYER.rglob("*.py"))
    names = {
        alarm["MetricName"]
        for alarm in (found["Properties"] for found in document.of_type("AWS::CloudWatch::Alarm", AUTOMATION).values())
        if not str(alarm["Namespace"]).startswith("AWS/")
    }

    assert names
    assert not {name for name in names if f'"{name}"' not in source}
