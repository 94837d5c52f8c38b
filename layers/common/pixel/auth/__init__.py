"""API keys, callers and the rate limit. The authorizer starts with nothing more."""
