"""What every other package stands on: errors, settings, logs and time."""
