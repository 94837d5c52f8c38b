"""Hook queue - calls Slack and webhooks."""

from pixel.hooks.sending import deliver_hook

handler = deliver_hook
