"""The secrets in the parameter store that functions of a stack read."""

from botocore.exceptions import ClientError

from pixelctl.failures import error_code
from pixelctl.target import Target


def read_secret(target: Target, name: str) -> str | None:
    """Return a secret, or None if it was not stored yet."""
    try:
        response = target.connect("ssm").get_parameter(Name=secret_path(target, name), WithDecryption=True)
    except ClientError as failure:
        if error_code(failure) != "ParameterNotFound":
            raise
        return None
    return str(response["Parameter"]["Value"]).strip()


def store_secret(target: Target, name: str, value: str, *, replace: bool) -> None:
    """Store a secret, encrypted. Without `replace`, one that was stored meanwhile is an error."""
    target.connect("ssm").put_parameter(
        Name=secret_path(target, name), Value=value, Type="SecureString", Overwrite=replace
    )


def secret_path(target: Target, name: str = "") -> str:
    """Return the name of a parameter, or, without a name, of the folder of all of them."""
    return f"/pixel/{target.name}/{name}".rstrip("/")
