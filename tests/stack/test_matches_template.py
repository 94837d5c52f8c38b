"""The gateway against SAM's own translation of the template: it serves those routes, and guards those."""

from pathlib import Path
from typing import Any

import pytest

from local.template import sam
from local.tinybird.warehouse import template_parameters
from tests.stack.running import PROJECT, RunningStack


def _operations() -> list[tuple[str, str, bool]]:
    template = sam.load(Path(PROJECT / "template.yaml"), template_parameters(None))
    [api] = template.of_type("AWS::ApiGateway::RestApi").values()
    paths: dict[str, dict[str, Any]] = api["Properties"]["Body"]["paths"]
    return [
        (method.upper(), path, bool(operation.get("security")))
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize(("method", "path", "guarded"), _operations())
def test_every_declared_operation_is_served_as_it_is_guarded(
    stack: RunningStack, method: str, path: str, *, guarded: bool
) -> None:
    response = stack.call(path.replace("{", "").replace("}", ""), method=method)

    assert response.status != 404
    assert (response.status == 401) == guarded
