"""What happens by itself: due items, alerts that are evaluated, messages that are sent once."""
