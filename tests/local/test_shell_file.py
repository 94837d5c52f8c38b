"""The shell variables that commands of the documents use, as a shell reads them."""

import subprocess
from pathlib import Path

from local import shell_file

_STATE = {
    "api_url": "http://127.0.0.1:9000",
    "keys": {"all": "pixel_test_all", "keys": "pixel_test_keys", "none": "no", "infinity": "pixel_test_site"},
}


def _sourced(folder: Path) -> dict[str, str]:
    script = f"source {folder / shell_file.NAME} && env"
    ended = subprocess.run(["bash", "-c", script], env={}, capture_output=True, text=True, check=True)
    known = ("API", "PIXEL_KEY", "MAKER_KEY", "INFINITY_KEY")
    return {
        name: value for name, _, value in (line.partition("=") for line in ended.stdout.splitlines()) if name in known
    }


def test_a_shell_gets_the_address_and_the_keys_of_the_demo(tmp_path: Path) -> None:
    shell_file.write(tmp_path, _STATE)

    assert _sourced(tmp_path) == {
        "API": "http://127.0.0.1:9000",
        "PIXEL_KEY": "pixel_test_all",
        "MAKER_KEY": "pixel_test_keys",
        "INFINITY_KEY": "pixel_test_site",
    }


def test_without_a_demo_there_is_an_address_and_no_key(tmp_path: Path) -> None:
    shell_file.write(tmp_path, {"api_url": "http://127.0.0.1:9000"})

    assert _sourced(tmp_path) == {"API": "http://127.0.0.1:9000"}


def test_nothing_is_left_once_the_stack_has_stopped(tmp_path: Path) -> None:
    shell_file.write(tmp_path, _STATE)

    shell_file.remove(tmp_path)

    assert list(tmp_path.iterdir()) == []
