"""Mail queue - gives mails to SES."""

from pixel.mail.delivering import deliver_mail

handler = deliver_mail
