"""Canary - checks on a schedule and after each deployment that Tinybird accepts this API's tokens."""

from pixel.health.canary import run_canary

handler = run_canary
