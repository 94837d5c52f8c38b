"""What browsers send: the script of the browser pixel, and what becomes of its events."""
