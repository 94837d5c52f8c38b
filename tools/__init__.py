"""Programs that write documents and settings from the code."""
