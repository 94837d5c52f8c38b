"""The embedded stack, open to containers, and AWS's SAM CLI on the built template. `make sam-test` runs this tier."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from tests import sample_events
from tests.stack.running import PROJECT, RunningStack

_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
_OPEN_SECONDS = 60.0
_ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


class Sam(NamedTuple):
    variables: Path

    def command(self, *arguments: str) -> list[str]:
        """Return a command of `sam local`, with the layer for this processor and the addresses of the stores."""
        sam = PROJECT / ".venv-sam" / "bin" / "sam"
        overrides = ["--parameter-overrides", f"Architecture={_ARCHITECTURE}"]
        # The base image is pulled all the same where it is not there.
        return [str(sam), "local", *arguments, *overrides, "--env-vars", str(self.variables), "--skip-pull-image"]

    @property
    def environment(self) -> dict[str, str]:
        signed = {name.upper(): value for name, value in _CREDENTIALS.items()}
        return {**os.environ, **signed, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}


@pytest.fixture(scope="session")
def sam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sam]:
    folder = tmp_path_factory.mktemp("stack")
    with RunningStack(folder) as stack:
        sample_events.prepare(_stores(stack.state))
        forwarder = subprocess.Popen([sys.executable, "-m", "tools.sam_env", "--folder", str(folder)], cwd=PROJECT)
        try:
            yield Sam(_with_bucket_of_events(_wait_for(folder / "env.json", forwarder)))
        finally:
            forwarder.terminate()
            forwarder.wait(timeout=20)


def _stores(state: dict[str, Any]) -> sample_events.Stores:
    where: dict[str, Any] = {"region_name": state["region"], **_CREDENTIALS}
    return sample_events.Stores(
        boto3.resource("dynamodb", endpoint_url=state["dynamodb_endpoint_url"], **where),
        boto3.client("s3", endpoint_url=state["aws_endpoint_url"], **where),
        state["resources"]["ApiKeysTable"],
        state["resources"]["WorkspaceTable"],
        state["resources"]["ClaimsTable"],
        state["resources"]["LinksTable"],
        state["resources"]["SecretsTable"],
    )


def _wait_for(file: Path, forwarder: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + _OPEN_SECONDS
    while not file.exists():
        assert forwarder.poll() is None or file.exists(), "no env.json was written"
        assert time.monotonic() < deadline, "no env.json came"
        time.sleep(0.1)
    return file


def _with_bucket_of_events(file: Path) -> Path:
    variables = json.loads(file.read_text())
    variables["Parameters"]["PIXEL_FILES_BUCKET"] = sample_events.FILES_BUCKET
    file.write_text(json.dumps(variables))
    return file
