"""Starts functions on a Python without site-packages: `python -I -S function_starts.py`, as JSON says that it is given.

A start alone imports for some tenths of a second. Functions that import the same modules are therefore forks of one
process that has imported these, and nothing else: what a function finds loaded, it would have loaded itself.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NoReturn


def start_all(functions: Mapping[str, frozenset[str]], loaded: frozenset[str]) -> Iterator[str]:
    """Yield a line for each function: what it has loaded.

    `functions` has, by their folder, the modules that each imports, and that these import; `loaded` is loaded already.
    """
    common = frozenset.intersection(*functions.values())
    for module in sorted(common - loaded):
        import_module(module)
    remaining = Counter(module for modules in functions.values() for module in modules - common)
    if not remaining or len(functions) == 1:
        for folder in functions:
            yield from _in_a_fork(_start(folder))
        return
    # Ties are broken by name, so that each run forks alike.
    most_common = min(remaining, key=lambda module: (-remaining[module], module))
    for is_imported in (True, False):
        part = {folder: modules for folder, modules in functions.items() if (most_common in modules) == is_imported}
        if part:
            yield from _in_a_fork(start_all(part, loaded | common))


def _start(folder: str) -> Iterator[str]:
    sys.path.insert(0, folder)
    handler = import_module("handler")
    assert callable(handler.handler)
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    yield json.dumps([folder, files])


def _in_a_fork(lines: Iterator[str]) -> Iterator[str]:
    """Yield what the lines are in a process of its own, in which they are made."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        _print_and_exit(lines, write)
    os.close(write)
    with os.fdopen(read) as answers:
        yield from (line.rstrip("\n") for line in answers)
    os.wait()


def _print_and_exit(lines: Iterator[str], to: int) -> NoReturn:
    """Leave by os._exit, because what called this belongs to the parent; a traceback says what went wrong."""
    try:
        with os.fdopen(to, "w") as answers:
            answers.writelines(f"{line}\n" for line in lines)
    except BaseException:  # noqa: BLE001 - whatever it is, it is shown, and the parent misses the function
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(0)


def main() -> None:
    given = json.load(sys.stdin)
    sys.path += given["layers"]
    functions = {folder: frozenset(modules) for folder, modules in given["functions"].items()}
    sys.stdout.writelines(f"{line}\n" for line in start_all(functions, frozenset()))


if __name__ == "__main__":
    main()
