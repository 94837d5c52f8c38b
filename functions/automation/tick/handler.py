"""Every minute - sends what is due to the queues of those that do it."""

from pixel.automation.tick import tick

handler = tick
