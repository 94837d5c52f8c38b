"""The groups of commands, one module each, and the modules that they share."""
