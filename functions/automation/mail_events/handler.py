"""Mail events queue - notes which mails were sent, bounced or were complained about."""

from pixel.mail.events import mail_events

handler = mail_events
