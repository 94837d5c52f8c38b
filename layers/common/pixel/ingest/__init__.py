"""Events on their way in, from a request, a message, a stream or a file, until they are kept."""
