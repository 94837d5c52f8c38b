"""API keys, callers and the rate limit: all that the authorizer needs."""
