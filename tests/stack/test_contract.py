"""The document holds against made-up requests, good ones and bad ones. `make contract` makes up thousands of them."""

import pytest

from tests.stack.contract.run import try_contract
from tests.stack.running import RunningStack


@pytest.mark.parametrize("workspace", ["demo", "other"])
def test_made_up_requests_are_answered_as_the_document_says(stack: RunningStack, workspace: str) -> None:
    outcome = try_contract(stack, workspace, "--max-examples=3", "--phases=examples,fuzzing")

    assert outcome.passed, outcome.text
    assert outcome.cases > 50
