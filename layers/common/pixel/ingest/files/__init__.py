"""Events from files in S3, read in steps under a lease."""
