"""AWS services. No other package knows how they are called."""

# Here and not where it is used, because a deep chain of imports costs a start more (python/cpython#142183).
import botocore.auth
import botocore.awsrequest  # noqa: F401 - as above
