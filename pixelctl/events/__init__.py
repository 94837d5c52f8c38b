"""Files of events, sent to the API or put into an event source."""
