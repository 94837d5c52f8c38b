"""Columns that are derived from what a sender said: channel, device, bot verdict."""
