"""Dashboards: the page, its sessions, and the numbers that a session may see."""
