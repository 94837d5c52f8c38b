"""No template comes near what CloudFormation takes: 500 resources in a stack, 200 parameters and outputs, 1 MB."""

import pytest

from tests.template import document

_RESOURCES_MAX = 400
"""Of 500, so that there is time to move a part into a stack of its own."""

_PARAMETERS_MAX = 60  # those that a nested application of SAM takes
_BYTES_MAX = 1_000_000 // 2


@pytest.mark.parametrize("template", document.TEMPLATES)
def test_a_stack_has_far_fewer_resources_than_cloudformation_takes(template: str) -> None:
    count = len(document.transformed(template)["Resources"])

    assert count <= _RESOURCES_MAX, f"{template} has {count} resources; move a part of it into stacks/"


@pytest.mark.parametrize("template", document.TEMPLATES)
def test_a_template_is_as_small_as_it_must_be(template: str) -> None:
    assert len(document.text(template).encode()) <= _BYTES_MAX
    assert len(document.written(template)["Parameters"]) <= _PARAMETERS_MAX


def test_every_nested_template_is_used() -> None:
    used = {stack["Properties"]["Location"] for stack in document.of_type("AWS::Serverless::Application").values()}

    assert used == set(document.TEMPLATES) - {document.MAIN}


def test_a_route_costs_two_resources_and_everything_else_fewer_than_150() -> None:
    """The function and API Gateway's permission to call it; docs/scaling.md counts on it."""
    names = document.transformed()["Resources"].keys()
    routes = [name for name in document.functions() if f"{name}RoutePermissionStage" in names]
    of_routes = {name for name in names for route in routes if name.startswith(route)}

    assert len(routes) >= 15
    more = {name for name in of_routes if name.endswith(("HeadPermissionStage", "BesideScriptPermissionStage"))}
    assert more == {"ListShortsFunctionHeadPermissionStage", "CollectFunctionBesideScriptPermissionStage"}
    assert len(of_routes - more) == 2 * len(routes)
    assert len(names - of_routes) < 160
