"""Routes that only read records start without what checks them."""

import os
import subprocess
import sys

import pytest

from tests.contracts.source_files import handler_module
from tests.template.document import ROOT

_OF_WRITERS = {"boto3", "cssselect", "email_validator", "pydantic"}


@pytest.mark.parametrize("function", ["authorizer", "list_goals", "list_share_links"])
def test_a_reading_function_imports_nothing_of_the_writers(function: str) -> None:
    program = f"import sys, {handler_module(function)}; print(*sys.modules)"
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "common")])

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert _OF_WRITERS & {*done.stdout.split()} == set()
