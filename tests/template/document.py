"""The templates in two forms: as written, and as SAM's own translator passes them to CloudFormation."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.template.documents import read_template
from tests.environment import QUEUE_NAMES, TABLE_NAMES

ROOT = Path(__file__).parents[2]

MAIN = "template.yaml"
ALARMS = "stacks/alarms.yaml"
LINKS = "stacks/links.yaml"
AUTOMATION = "stacks/automation.yaml"
EDGE = "stacks/edge.yaml"
TEMPLATES = [MAIN, *sorted(f"stacks/{file.name}" for file in (ROOT / "stacks").glob("*.yaml"))]

Resource = dict[str, Any]


@cache
def text(template: str = MAIN) -> str:
    return (ROOT / template).read_text()


@cache
def written(template: str = MAIN) -> dict[str, Any]:
    return read_template(ROOT / template)


@cache
def transformed(template: str = MAIN) -> dict[str, Any]:
    document = deepcopy(written(template))
    for name, resource in document["Resources"].items():
        for source in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][source] = f"s3://local/{name}"
    parameters = {name: parameter.get("Default", "given") for name, parameter in document["Parameters"].items()}
    result: dict[str, Any] = Translator({}, Parser()).translate(document, parameter_values=parameters)
    return result


def of_type(kind: str, template: str = MAIN) -> dict[str, Resource]:
    return {name: resource for name, resource in written(template)["Resources"].items() if resource["Type"] == kind}


def properties(name: str, template: str = MAIN) -> dict[str, Any]:
    found: dict[str, Any] = written(template)["Resources"][name]["Properties"]
    return found


def functions(template: str = MAIN) -> dict[str, Resource]:
    return of_type("AWS::Serverless::Function", template)


def functions_of_programs() -> dict[str, Resource]:
    """Return the functions of the main API and of that of short links, which programs call."""
    return {**functions(), **functions(LINKS)}


def folder_of(function: str) -> str:
    """Return the folder of a function below functions/, such as workspace/list_goals."""
    return str(properties(function)["CodeUri"]).strip("/").removeprefix("functions/")


def gateway_responses() -> dict[str, Any]:
    """Return API Gateway's own responses, with the default of the parameter that is in their bodies."""
    page = written()["Parameters"]["ErrorsPageUrl"]["Default"]
    responses: dict[str, Any] = deepcopy(properties("Api")["GatewayResponses"])
    for response in responses.values():
        response["ResponseTemplates"] = {
            media_type: template["Fn::Sub"].replace("${ErrorsPageUrl}", page)
            for media_type, template in response["ResponseTemplates"].items()
        }
    return responses


def paths(template: str = MAIN, api: str = "Api") -> dict[str, dict[str, Any]]:
    """Return the definitions of the routes that API Gateway gets if all parts are on, by path and method."""
    found: dict[str, dict[str, Any]] = transformed(template)["Resources"][api]["Properties"]["Body"]["paths"]
    return {
        path: {method: _if_true(operation) for method, operation in _if_true(methods).items()}
        for path, methods in found.items()
    }


def _if_true(value: dict[str, Any]) -> dict[str, Any]:
    """Return what stands under a condition, or the value itself."""
    conditional: list[Any] = value.get("Fn::If", [])
    return conditional[1] if conditional else value


def paths_of_programs() -> dict[str, dict[str, Any]]:
    return {**paths(), **paths(LINKS, "LinksApi")}


def stores_only() -> dict[str, Any]:
    """Return a template with only the tables and queues, under the names of the tests' environment."""
    stores = deepcopy({**of_type("AWS::DynamoDB::Table"), **of_type("AWS::SQS::Queue")})
    for name, table in TABLE_NAMES.items():
        stores[name]["Properties"]["TableName"] = table
    for name, queue in QUEUE_NAMES.items():
        stores[name]["Properties"]["QueueName"] = queue
    for store in stores.values():
        store.pop("Condition", None)
    parameters = {name: {"Default": "given", **parameter} for name, parameter in written()["Parameters"].items()}
    return {"Parameters": parameters, "Resources": stores}
