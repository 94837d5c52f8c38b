"""AWS services. No other package knows how they are called."""
