"""Mail queue - gives each mail to SES, once as far as that can be known."""

from pixel.mail.delivering import deliver_mail

handler = deliver_mail
