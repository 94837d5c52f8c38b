"""The document holds against made-up requests, good ones and bad ones.

`make contract` makes up thousands of them, as each of the two workspaces of the demo.
"""

from tests import openapi
from tests.stack.contract.run import try_contract
from tests.stack.running import RunningStack


def test_made_up_requests_are_answered_as_the_document_says(stack: RunningStack) -> None:
    outcome = try_contract(stack, "demo", "--phases=examples")

    assert outcome.passed, outcome.text
    assert outcome.cases >= 2 * len(openapi.operations())
