"""The groups of commands, a module each, and what they share: parsers, expiries and passwords."""
