"""Sending files of events to the API."""
