"""The names of Tinybird's datasources, by themselves: whoever makes a row need not import what sends it."""

PAGEVIEWS = "pageviews"
CUSTOM_GOALS = "custom_goals"
VISITOR_PAYMENTS = "visitor_payments"
IDENTITIES = "identities"
