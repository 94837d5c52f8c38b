"""Alert queue - judges the windows that have ended, and writes the messages that follow."""

from pixel.automation.evaluating import evaluate_alerts

handler = evaluate_alerts
