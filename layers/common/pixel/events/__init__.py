"""What an event is: models, privacy and rows. Pure functions without I/O."""
