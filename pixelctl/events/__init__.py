"""Events: files of them to the API or into a source, and rows that wait in the dead-letter queue."""
