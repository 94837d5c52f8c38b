"""Columns derived from an event: channel, device, bot verdict and others."""
