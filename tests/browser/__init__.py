"""The dashboard in Chromium. A package, so that pytest ends its browser with the last of its tests."""
