"""The operator's command: reads the command line, calls the rules in pixel.workspaces and prints the result.

invocation   the options of every command
help_pages   the pages of --help
cli          the command line as a whole
target       the stack that a command works on: its tables, clients and physical resource names
api          the API that a command calls with a key
output       tables for people, JSON for scripts
failures     errors of AWS and of the rules, as messages to the operator
commands/    one module for each group of commands, and the modules that they share
events/      files of events, sent to the API or put into an event source
doctor/      checks of a live deployment
"""
