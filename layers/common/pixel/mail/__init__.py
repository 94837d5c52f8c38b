"""Mail and Slack messages about reports and alerts, and who may be sent mail."""
