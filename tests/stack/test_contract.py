"""The document holds against made-up requests, good ones and bad ones. `make contract` makes up thousands of them."""

import pytest

from tests import openapi
from tests.stack.contract.run import try_contract
from tests.stack.running import RunningStack


@pytest.mark.parametrize(
    ("workspace", "arguments"),
    [("demo", ["--phases=examples,fuzzing", "--max-examples=2"]), ("other", ["--phases=fuzzing", "--max-examples=1"])],
    ids=["demo", "other"],
)
def test_made_up_requests_are_answered_as_the_document_says(
    stack: RunningStack, workspace: str, arguments: list[str]
) -> None:
    outcome = try_contract(stack, workspace, *arguments)

    assert outcome.passed, outcome.text
    assert outcome.cases >= len(openapi.operations())
