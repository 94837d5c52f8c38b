"""Write changes in the AWS server to the state file within a second, and restore them at the next start."""

import pickle
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path

import moto

from local.aws.state.contents import SERVICES
from local.aws.state.file import Name, StateError, StateFile

_FORMAT = "1"
_PAUSE_SECONDS = 0.4
_SHARE_OF_TIME_MAX = 0.1  # a pass over many items is followed by a pause ten times as long


class Keeper:
    """Keeps the state in a file; call `load`, then `start`, and `close` at the end."""

    def __init__(self, path: Path, stack_id: str, lock: threading.Lock) -> None:
        """Open the file; `lock` serializes the requests of the services that must be atomic."""
        self._path = path
        self._version = f"format {_FORMAT}, moto {moto.__version__}, stack {stack_id}"
        self._lock = lock
        self._file: StateFile | None = None
        self._written: dict[str, dict[tuple[str, str], object]] = {service: {} for service in SERVICES}
        self._changed = set(SERVICES)
        self._noting = threading.Lock()
        self._wake = threading.Event()
        self._one_pass = threading.Lock()
        self._is_started = False
        self._is_closed = False

    def load(self, expiry_attributes: Mapping[str, str]) -> int:
        """Restore the contents of the file, and return their number.

        `expiry_attributes` are the TTL attributes by table. Expired contents are dropped, as AWS would do.
        """
        file = StateFile(self._path, self._version)
        try:
            put_back = _put_back_all(file, expiry_attributes)
        except StateError:
            file.close()
            raise
        for service, contents in SERVICES.items():
            self._written[service] = {
                (entry.place, entry.key): entry.version
                for entry in contents.entries()
                if Name(service, entry.place, entry.key) in put_back
            }
        self._file = file
        return len(put_back)

    def start(self) -> None:
        """Write the present state, then changes as they happen."""
        self._is_started = True
        threading.Thread(target=self._run, daemon=True).start()
        self._wake.set()

    def note(self, services: Iterable[str]) -> None:
        """Include these services in the next pass."""
        with self._noting:
            self._changed.update(services)
        self._wake.set()

    def close(self) -> None:
        """Write the last changes and close the file."""
        if self._is_started and not self._is_closed:
            self._is_closed = True
            self._pass()
        if self._file is not None:
            with self._one_pass:
                self._file.close()

    def _run(self) -> None:
        while not self._is_closed:
            self._wake.wait()
            self._wake.clear()
            started = time.monotonic()
            try:
                self._pass()
            except Exception:  # noqa: BLE001 - such as a full disk; the next pass tries again
                traceback.print_exc()
                self.note(SERVICES)
            time.sleep(max(_PAUSE_SECONDS, (time.monotonic() - started) / _SHARE_OF_TIME_MAX))

    def _pass(self) -> None:
        with self._one_pass:
            with self._noting:
                services, self._changed = self._changed, set()
            for service in services:
                self._write(service)

    def _write(self, service: str) -> None:
        if self._file is None:
            return
        contents, written = SERVICES[service], self._written[service]
        current: dict[tuple[str, str], object] = {}
        changed: list[tuple[Name, bytes]] = []
        with self._lock if contents.needs_lock else nullcontext():
            for place, key, version, content in contents.entries():
                current[place, key] = version
                known = written.get((place, key))
                # Most versions are the same object; comparing their contents would take long.
                if known is None or (known is not version and known != version):
                    changed.append((Name(service, place, key), pickle.dumps(contents.frozen(content))))
        gone = [Name(service, *key) for key in written if key not in current]
        if changed or gone:
            self._file.write(changed, gone)
        self._written[service] = current


def _put_back_all(file: StateFile, expiry_attributes: Mapping[str, str]) -> set[Name]:
    """Restore the contents and return their names; those without a store stay in the file, expired ones do not."""
    put_back: set[Name] = set()
    expired: list[Name] = []
    for name, content in file.rows():
        try:
            thing = pickle.loads(content)
            service = SERVICES[name.service]
            if service.expires_at(thing, expiry_attributes.get(name.place)) < time.time():
                expired.append(name)
            elif service.put_back(name.place, name.key, thing):
                put_back.add(name)
        except Exception as failure:  # a damaged file can raise anything
            raise file.unreadable(f"{name.service} {name.place}: {type(failure).__name__}") from failure
    file.write([], expired)
    return put_back
