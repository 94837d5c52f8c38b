"""The gateway against SAM's own translation of the template: it serves those routes, and guards those."""

from pathlib import Path
from typing import Any

from local.template import sam
from local.tinybird.warehouse import template_parameters
from pixel.dashboard.assets import served_assets
from pixel.faces.directory import face_of
from pixel.foundation.errors import ApiError, ErrorCode
from tests.stack.running import PROJECT, RunningStack


def _operations() -> dict[tuple[str, str], bool]:
    """Return whether each operation is guarded, by method and path."""
    template = sam.load(Path(PROJECT / "template.yaml"), template_parameters(None))
    [api] = template.of_type("AWS::ApiGateway::RestApi").values()
    paths: dict[str, dict[str, Any]] = api["Properties"]["Body"]["paths"]
    return {
        (method.upper(), path): bool(_if_true(operation).get("security"))
        for path, methods in paths.items()
        for method, operation in _if_true(methods).items()
    }


def _if_true(value: dict[str, Any]) -> dict[str, Any]:
    """Return what stands under a condition, all of which are true in the embedded stack, or the value itself."""
    conditional: list[Any] = value.get("Fn::If", [])
    return conditional[1] if conditional else value


def test_every_declared_operation_is_served_as_it_is_guarded(stack: RunningStack) -> None:
    declared = _operations()

    answers = {(method, path): stack.call(_address(path), method=method) for method, path in declared}

    assert len(declared) > 10
    assert [operation for operation, answer in answers.items() if answer.status == 404] == []
    refusal = ApiError(ErrorCode.MISSING_AUTHORIZATION)
    guarded = {
        (method, path): one.status == 401 and (method == "HEAD" or one.code == face_of(path).shown(refusal).code)
        for (method, path), one in answers.items()
    }
    assert guarded == declared


def _address(path: str) -> str:
    """Return an address of a route; of assets only those that exist are served."""
    file = "pixel.js" if path.startswith("/p/") else next(iter(served_assets()))
    return path.replace("{file}", file).translate({ord(one): "" for one in "{+}"})
