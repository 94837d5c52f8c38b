"""Columns that are derived from what was sent: channel, device, bot verdict and others."""
