"""`pixelctl edge set-up`: whatever CloudFront sends, functions know it, and doctor says what is left to deploy."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from pixelctl.doctor.findings import CheckFailedError
from pixelctl.doctor.secrets import check_secrets
from pixelctl.target import Target
from tests.pixelctl.conftest import Run
from tests.provisioned import Parameters, Perform, Wire
from tests.stores import STACK

_SECRETS, _HEADER = f"/pixel/{STACK}/edge-secrets", f"/pixel/{STACK}/edge-header"


@pytest.fixture
def ssm(stack: Wire) -> Iterator[Any]:
    del stack  # it only has to be there
    client: Any = boto3.client("ssm")
    client.delete_parameters(Names=[_SECRETS, _HEADER])
    yield client
    client.delete_parameters(Names=[_SECRETS, _HEADER])


def _known(ssm: Any) -> list[str]:
    parameter = ssm.get_parameter(Name=_SECRETS, WithDecryption=True)["Parameter"]
    assert parameter["Type"] == "SecureString"
    return str(parameter["Value"]).split()


def _sent(ssm: Any, version: int) -> str:
    """Return the secret that CloudFormation reads for a version."""
    parameter = ssm.get_parameter(Name=f"{_HEADER}:{version}")["Parameter"]
    assert parameter["Type"] == "String"
    return str(parameter["Value"])


def _deployed(stack: Wire, version: int) -> None:
    def describe(perform: Perform, parameters: Parameters) -> Any:
        answer = perform(parameters)
        answer["Stacks"][0]["Outputs"] = [{"OutputKey": "EdgeUrl", "OutputValue": "https://stats.example.com"}]
        answer["Stacks"][0]["Parameters"] = [{"ParameterKey": "EdgeSecretVersion", "ParameterValue": str(version)}]
        return answer

    stack.always("DescribeStacks", describe)


def test_the_secret_is_made_once(run: Run, ssm: Any) -> None:
    first = run("edge", "set-up")
    made = _known(ssm)
    again = run("edge", "set-up", "--json").json

    assert first.out == "The edge is set up. Deploy with EnablePixelEdge=true EdgeSecretVersion=1.\n"
    assert again == {"changed": False, "version": 1}
    assert [_sent(ssm, 1)] == made == _known(ssm)
    assert made[0] not in first.out


def test_what_cloudfront_sends_stays_valid_however_often_the_secret_is_replaced(
    run: Run, ssm: Any, stack: Wire
) -> None:
    run("edge", "set-up")
    _deployed(stack, 1)

    replaced = [run("edge", "set-up", "--replace", "--json").json for _ in range(3)]

    assert [one["version"] for one in replaced] == [2, 3, 4]
    assert _known(ssm) == [_sent(ssm, 4), _sent(ssm, 1)]
    _deployed(stack, 4)
    run("edge", "set-up", "--replace")
    assert _known(ssm) == [_sent(ssm, 5), _sent(ssm, 4)]


def test_before_it_is_deployed_the_last_one_stays_valid(run: Run, ssm: Any) -> None:
    run("edge", "set-up")
    run("edge", "set-up", "--replace")

    assert _known(ssm) == [_sent(ssm, 2), _sent(ssm, 1)]


@pytest.mark.parametrize("lost", [_SECRETS, _HEADER])
def test_what_was_interrupted_is_completed(run: Run, ssm: Any, lost: str) -> None:
    run("edge", "set-up")
    ssm.delete_parameter(Name=lost)

    mended = run("edge", "set-up", "--json").json

    assert mended["changed"] is True
    assert _known(ssm)[0] == _sent(ssm, mended["version"])
    assert run("edge", "set-up", "--json").json == {**mended, "changed": False}


def test_doctor_looks_at_both_parameters_and_at_the_version(run: Run, ssm: Any, stack: Wire) -> None:
    for name in (ADMIN_TOKEN, INGEST_TOKEN):
        ssm.put_parameter(Name=f"/pixel/{STACK}/{name}", Value="x", Type="SecureString", Overwrite=True)
    _deployed(stack, 1)
    with pytest.raises(CheckFailedError, match=f"^{_SECRETS}, {_HEADER} not in") as missing:
        check_secrets(Target.aws(STACK))

    run("edge", "set-up")
    assert check_secrets(Target.aws(STACK)).text == f"3 under /pixel/{STACK}, encrypted"
    run("edge", "set-up", "--replace")
    with pytest.raises(CheckFailedError, match=r"sends version 1 .* there is version 2") as old:
        check_secrets(Target.aws(STACK))

    assert missing.value.todo == "run pixelctl edge set-up"
    assert old.value.todo == "deploy with EdgeSecretVersion=2"
