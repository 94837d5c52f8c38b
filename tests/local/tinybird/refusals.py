"""Open each project that standard input names, one a line, and print as JSON why it is refused, or null.

This is what `local.tinybird` does before it serves, in one process for all projects: most of a start is loading the
parser and ClickHouse.
"""

import json
import os
import sys
from pathlib import Path

from local.tinybird import datafiles
from local.tinybird.errors import ProjectError, StartError
from local.tinybird.storage import Storage, quote
from local.tinybird.tokens import new_admin_token
from local.tinybird.workspace import Credentials, Limits, open_workspace

_CREDENTIALS = Credentials("workspace", new_admin_token("workspace"))


def refusal_of(project: Path, storage: Storage) -> str | None:
    """Return the message of the refusal; leave no table behind."""
    try:
        open_workspace(datafiles.load(project), storage, _CREDENTIALS, Limits())
    except (ProjectError, StartError) as refusal:
        return str(refusal)
    finally:
        for table in storage.writer.value("SELECT name FROM system.tables WHERE database = 'default'").split():
            storage.writer.query(f"DROP TABLE {quote(table)} SYNC")
    return None


def main() -> None:
    storage = Storage(None, query_seconds_max=Limits().query_seconds_max)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(refusal_of(Path(line.rstrip("\n")), storage)) + "\n")
    storage.close()
    sys.stdout.flush()
    os._exit(0)  # as the stand-in ends: ClickHouse would hold it up


if __name__ == "__main__":
    main()
