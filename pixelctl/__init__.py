"""The operator's command. It parses arguments, calls the rule book (pixel.workspaces) and prints.

cli          the command line as a whole
target       the stack to work on: its tables, its clients, and the physical names of its resources
output       tables for people, JSON for scripts
failures     what can go wrong, as sentences
commands/    one module for each group of commands, and what these share
events/      events of a file to the API or a source, and rows that wait in the dead-letter queue
doctor/      checks of a live deployment
"""
