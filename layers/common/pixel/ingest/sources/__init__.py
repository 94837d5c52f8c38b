"""Events from queues, topics, event buses and streams, which expect no response."""
