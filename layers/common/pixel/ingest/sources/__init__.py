"""Events from queues, topics, buses and streams, where no caller waits for an answer."""
