"""Redirects of short links: what a visitor of one is answered, and the click that is recorded of it.

Everything was checked when the link was saved, so there are no models here and no parser of addresses: a redirect is
one read of the compiled link, one message to a queue and an answer.
"""
