"""Message queue - writes mails and deliveries of reports and alerts."""

from pixel.automation.composing import compose_message

handler = compose_message
