"""The state that the AWS server keeps across restarts: the contents of the template's stores.

The stores are created from the template at each start, so that a changed template takes effect. Their names stay the
same (stable_names.py), and their contents are restored.

contents   how the contents of each service are read and restored
file       the SQLite file that holds them
keeper     writes changes within a second, and restores them at the next start
control    tells the keeper what may have changed, and passes on commands of the stack
"""

LOAD = "/_state/load"
START = "/_state/start"
"""The path of the stack's commands to the AWS server; no bucket can have such a name."""
