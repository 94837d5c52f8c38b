"""The operator's command: parses arguments, calls the rules in pixel.workspaces and prints the result.

cli          the command line as a whole
target       the stack that a command works on: its tables, clients and physical resource names
output       tables for people, JSON for scripts
failures     errors of AWS and of the rules, as messages to the operator
commands/    one module for each group of commands, and the modules that they share
events/      files of events, sent to the API or put into an event source
doctor/      checks of a live deployment
"""
