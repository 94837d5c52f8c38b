"""Goals - writes each day to Tinybird what the goals of all websites count."""

from pixel.ingest.goal_rows import reconcile_goals

handler = reconcile_goals
