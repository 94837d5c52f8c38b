"""Run programs as Lambda starts them: on the built layer with its bytecode and the runtime client alone.

The repository's environment has a hundred packages, which a search for plugins would read, so programs get one without
any. Handlers are compiled at each start, because `sam deploy` uploads them without bytecode.
"""

import compileall
import platform
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import NamedTuple

from local.lambdas.runtime_api import Program

ROOT = Path(__file__).resolve().parent.parent
_LAYERS = {"x86_64": "CommonLayerX8664", "aarch64": "CommonLayerArm64"}
_RUNTIME_CLIENT = "awslambdaric"


class Deployed(NamedTuple):
    """The folders that stand for Lambda's /var/lang, /opt, /var/runtime and /var/task."""

    python: Path
    layer: Path
    runtime: Path
    tasks: Path
    peers: Path

    def function(self, program: Program) -> Program:
        return self._program(program, program.folder, (self.layer,))

    def handler_of_ours(self, program: Program, folder: Path) -> Program:
        """Return a handler that is not a function of the template, with the layer and settings of one."""
        return self._program(program, folder, (self.layer,))

    def bare_handler(self, program: Program) -> Program:
        return self._program(program, ROOT / "benchmarks" / "floor", ())

    def peer(self, program: Program, peer: Path) -> Program:
        """Return a peer, with the settings of the function of the same name."""
        [packages] = (ROOT / ".venv-peers" / "lib").glob("python3.*/site-packages")
        module = ".".join(peer.relative_to(ROOT).with_suffix("").parts)
        given = self._program(program, peer.parent, (self.peers, packages))
        settings = {name: value for name, value in given.environment.items() if value}
        return given._replace(
            name=f"{peer.stem}, {peer.parent.name}", handler=f"{module}.handler", environment=settings
        )

    def _program(self, program: Program, folder: Path, packages: tuple[Path, ...]) -> Program:
        task = self.tasks / folder.name
        task.mkdir(parents=True, exist_ok=True)
        if (folder / "handler.py").exists():
            shutil.copy(folder / "handler.py", task)
        environment = {name: value for name, value in program.environment.items() if name != "PYTHONPYCACHEPREFIX"}
        environment |= {
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": ":".join(map(str, (*packages, self.runtime))),
        }
        command = (str(self.python / "bin" / "python"), "-m", _RUNTIME_CLIENT)
        return program._replace(name=folder.name, folder=task, environment=environment, command=command)


def deploy(folder: Path) -> Deployed:
    deployed = Deployed(*(folder / name for name in ("python", "layer/python", "runtime", "tasks", "peers")))
    venv.create(deployed.python, symlinks=True)
    _build_layer(deployed.layer.parent)
    _copy_runtime_client(deployed.runtime)
    shutil.copytree(ROOT / "benchmarks" / "peers", deployed.peers / "benchmarks" / "peers")
    shutil.copytree(deployed.layer / "pixel", deployed.peers / "pixel")
    for compiled in (deployed.runtime, deployed.peers):
        compileall.compile_dir(compiled, quiet=1, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return deployed


def _build_layer(folder: Path) -> None:
    subprocess.run(
        [
            "make",
            f"build-{_LAYERS[platform.machine()]}",
            f"--directory={ROOT / 'layers' / 'common'}",
            f"ARTIFACTS_DIR={folder}",
            f"PYTHON={sys.executable}",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _copy_runtime_client(folder: Path) -> None:
    required = distribution(_RUNTIME_CLIENT).requires or []
    for name in (_RUNTIME_CLIENT, *(re.split(r"[^\w.-]", text)[0] for text in required)):
        installed = distribution(name)
        for file in installed.files or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
