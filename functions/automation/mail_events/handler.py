"""Queue of SES events - notes mails that were sent, bounced or complained about."""

from pixel.mail.events import mail_events

handler = mail_events
