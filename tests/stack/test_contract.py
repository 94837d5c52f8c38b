"""The document holds against made-up requests, good ones and bad ones.

`make test` tries a sample of the operations, `make thorough` all of them. `make contract` makes up thousands of
requests, as each of the two workspaces of the demo.
"""

from tests import openapi
from tests.stack.contract.run import try_contract
from tests.stack.running import RunningStack
from tests.thorough import some_of

_OPERATIONS = 24


def test_made_up_requests_are_answered_as_the_document_says(stack: RunningStack) -> None:
    everything = [operation["operationId"] for operation in openapi.operations().values()]
    tried = some_of(everything, _OPERATIONS)
    only = [f"--include-operation-id={name}" for name in tried]

    outcome = try_contract(stack, "demo", "--phases=examples", *only)

    assert outcome.passed, outcome.text
    assert outcome.cases >= (2 * len(tried) if tried == everything else len(tried))
