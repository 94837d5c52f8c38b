"""`sam local invoke` runs every function on its own event, in the container that AWS makes for it."""

import json
import subprocess

import pytest

from tests import sample_events
from tests.sam_local.conftest import Sam
from tests.stack.running import PROJECT
from tests.template import document

_LOGICAL_IDS = {
    str(document.properties(logical_id)["CodeUri"]).strip("/").rpartition("/")[2]: logical_id
    for logical_id in document.functions()
}


@pytest.mark.parametrize("function", sample_events.FUNCTIONS)
def test_a_function_answers_its_own_event(sam: Sam, function: str) -> None:
    event = str(PROJECT / "events" / f"{function}.json")

    done = subprocess.run(
        sam.command("invoke", _LOGICAL_IDS[function], "--event", event),
        cwd=PROJECT,
        env=sam.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    sample_events.assert_succeeded(function, json.loads(done.stdout))
