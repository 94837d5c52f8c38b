"""Every day - makes alerts and reports due that were stored before anything was."""

from pixel.automation.catching_up import catch_up

handler = catch_up
