"""Canary - proves on a schedule and after each deployment that Tinybird takes this API's tokens."""

from pixel.health.canary import run_canary

handler = run_canary
