"""The gateway against SAM's own translation of the template: it serves those routes, and guards those."""

from pathlib import Path
from typing import Any

from local.template import sam
from local.tinybird.warehouse import template_parameters
from tests.stack.running import PROJECT, RunningStack


def _operations() -> dict[tuple[str, str], bool]:
    """Return whether each operation is guarded, by method and path."""
    template = sam.load(Path(PROJECT / "template.yaml"), template_parameters(None))
    [api] = template.of_type("AWS::ApiGateway::RestApi").values()
    paths: dict[str, dict[str, Any]] = api["Properties"]["Body"]["paths"]
    return {
        (method.upper(), path): bool(operation.get("security"))
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_declared_operation_is_served_as_it_is_guarded(stack: RunningStack) -> None:
    declared = _operations()

    statuses = {
        (method, path): stack.call(path.replace("{", "").replace("}", ""), method=method).status
        for method, path in declared
    }

    assert len(declared) > 10
    assert [operation for operation, status in statuses.items() if status == 404] == []
    assert {operation: status == 401 for operation, status in statuses.items()} == declared
