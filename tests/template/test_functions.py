"""A function goes by the name of its folder; its role and its log group share another name."""

import re
from typing import Any

import pytest

from tests.contracts.for_each import for_each
from tests.contracts.source_files import MAIN_FUNCTIONS, handler_file
from tests.template import document
from tests.template.document import ROOT

_FOLDERS = sorted(folder.name for folder in MAIN_FUNCTIONS)
_GATEWAY_TIMEOUT_SECONDS = 29
_DESTINATIONS = [{"Fn::If": ["IsArm64", {"Ref": "DestinationsLayerArm64"}, {"Ref": "DestinationsLayerX8664"}]}]
_LAYERS = {
    "CommonLayerArm64": ("layers/common/", "IsArm64", "arm64"),
    "CommonLayerX8664": ("layers/common/", "IsX8664", "x86_64"),
    "DestinationsLayerArm64": ("layers/destinations/", "HasLinksArm64", "arm64"),
    "DestinationsLayerX8664": ("layers/destinations/", "HasLinksX8664", "x86_64"),
    "MailLayerArm64": ("layers/mail/", "IsArm64", "arm64"),
    "MailLayerX8664": ("layers/mail/", "IsX8664", "x86_64"),
}
_WITH_A_ROUTE = [
    name
    for name, function in document.functions().items()
    if any(source["Type"] == "Api" for source in function["Properties"].get("Events", {}).values())
]


def _camel_case(folder: str) -> str:
    return "".join(word.capitalize() for word in folder.split("_"))


def test_every_folder_is_deployed_and_every_function_has_a_folder() -> None:
    assert sorted(document.functions()) == sorted(f"{_camel_case(folder)}Function" for folder in _FOLDERS)


@for_each("folder", _FOLDERS)
def test_a_function_is_built_from_the_folder_of_its_name(folder: str) -> None:
    function = document.properties(f"{_camel_case(folder)}Function")

    assert function["CodeUri"] == f"{handler_file(folder).parent.relative_to(ROOT)}/"
    assert "Handler" not in function
    assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder


@for_each("folder", _FOLDERS)
def test_a_function_has_one_role_and_no_policies_beside(folder: str) -> None:
    function = document.properties(f"{_camel_case(folder)}Function")

    assert function["Role"]["Fn::GetAtt"][0] in document.of_type("AWS::IAM::Role")
    assert function["Role"]["Fn::GetAtt"][1:] == ["Arn"]
    assert "Policies" not in function


@for_each("folder", _FOLDERS)
def test_a_function_writes_json_to_the_log_group_of_its_role(folder: str) -> None:
    name = f"{_camel_case(folder)}Function"
    (role, _) = document.properties(name)["Role"]["Fn::GetAtt"]

    assert _deployed(name)["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": {"Ref": f"{role.removesuffix('Role')}LogGroup"},
    }


@pytest.mark.parametrize("name", [name for name in document.of_type("AWS::Logs::LogGroup") if name != "AccessLogGroup"])
def test_a_log_group_is_named_after_its_role(name: str) -> None:
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("LogGroup")).lower()

    assert document.properties(name)["LogGroupName"] == {"Fn::Sub": f"/pixel/${{AWS::StackName}}/{words}"}
    assert f"{name.removesuffix('LogGroup')}Role" in document.of_type("AWS::IAM::Role")


@pytest.mark.parametrize("name", document.of_type("AWS::Logs::LogGroup"))
def test_a_log_group_keeps_its_lines_as_long_as_the_operator_says(name: str) -> None:
    group = document.written()["Resources"][name]

    assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("Delete", "Delete")


@for_each("name", _WITH_A_ROUTE)
def test_a_function_gives_up_before_api_gateway_does(name: str) -> None:
    assert 0 < _deployed(name)["Timeout"] < _GATEWAY_TIMEOUT_SECONDS


@for_each("name", document.functions())
def test_a_function_runs_python_3_13_on_the_chosen_processor_with_the_layer_built_for_it(name: str) -> None:
    function = _deployed(name)

    assert (function["Runtime"], function["Handler"]) == ("python3.13", "handler.handler")
    assert function["Architectures"] in (["arm64"], [{"Ref": "Architecture"}])
    assert document.properties(name).get("Layers", _DESTINATIONS) == _DESTINATIONS  # added to that of all functions
    assert document.written()["Globals"]["Function"]["Layers"] == [
        {"Fn::If": ["IsArm64", {"Ref": "CommonLayerArm64"}, {"Ref": "CommonLayerX8664"}]}
    ]


def test_a_layer_is_built_by_make_for_the_processor_it_says() -> None:
    assert document.of_type("AWS::Serverless::LayerVersion").keys() == _LAYERS.keys()
    for name, (folder, condition, architecture) in _LAYERS.items():
        layer = document.written()["Resources"][name]

        assert layer["Condition"] == condition
        assert layer["Metadata"] == {"BuildMethod": "makefile", "BuildArchitecture": architecture}
        assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
        assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
        assert layer["Properties"]["ContentUri"] == folder
        assert f"build-{name}:" in (ROOT / folder / "Makefile").read_text()


def test_for_either_processor_exactly_one_layer_is_there() -> None:
    """And without short links none of what only they need."""
    conditions = document.written()["Conditions"]

    assert conditions["IsArm64"] == {"Fn::Equals": [{"Ref": "Architecture"}, "arm64"]}
    assert conditions["IsX8664"] == {"Fn::Equals": [{"Ref": "Architecture"}, "x86_64"]}
    assert document.written()["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]
    for processor in ("Arm64", "X8664"):
        both = [{"Condition": "HasLinks"}, {"Condition": f"Is{processor}"}]
        assert conditions[f"HasLinks{processor}"] == {"Fn::And": both}


@pytest.mark.parametrize("word", ["LOG_EVENT", "DataTraceEnabled: true", "POWERTOOLS_DEV"])
def test_no_setting_writes_requests_to_the_logs(word: str) -> None:
    assert word not in document.text()


def _deployed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = document.transformed()["Resources"][name]["Properties"]
    return found
