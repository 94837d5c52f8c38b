"""AWS services, which no other package calls directly."""

# Imported here, because a deep chain of imports makes a cold start slower (python/cpython#142183).
import botocore.auth
import botocore.awsrequest  # noqa: F401 - as above
