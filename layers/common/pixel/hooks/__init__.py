"""Deliveries to Slack and webhooks: signatures, retries, and which addresses may be called."""
