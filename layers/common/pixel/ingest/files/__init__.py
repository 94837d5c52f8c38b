"""Events from files in S3, imported in steps under a lease."""
