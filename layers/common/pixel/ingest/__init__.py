"""The ingestion of events from requests, queues, streams and files."""
