"""What the AWS server keeps over a restart: the contents of the stores that the template creates.

The stores themselves are created from the template at each start, so that a changed template takes effect. Their names
stay the same (stable_names.py), and their contents are put back into them.

contents   what the contents of each service are, and how they are put back
file       the SQLite file that holds them
keeper     writes what has changed, within a second, and puts it back at the next start
control    tells the keeper what may have changed, and takes its orders from the stack
"""

LOAD = "/_state/load"
START = "/_state/start"
"""Where the AWS server takes orders. No bucket can have such a name."""
