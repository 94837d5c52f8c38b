"""Tinybird: calls, tokens, the catalogue of pipes and the names of datasources. No other package calls it."""

PAGEVIEWS = "pageviews"
CUSTOM_GOALS = "custom_goals"
VISITOR_PAYMENTS = "visitor_payments"
IDENTITIES = "identities"
GOALS = "goals"
ENGAGEMENTS = "engagements"
CLICKS = "clicks"
