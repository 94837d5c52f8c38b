"""A wrong deployment stops at once and names the variable, never its value."""

import pytest

from pixel.foundation.settings import AwsEnvironment, ConfigurationError, Settings

_COMPLETE = {f"PIXEL_{name.upper()}": f"a {name}" for name in Settings._fields}
_REQUIRED = [name for name in _COMPLETE if name.removeprefix("PIXEL_").lower() not in Settings._field_defaults]
_AWS = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}


def test_settings_hold_what_the_environment_gives() -> None:
    read = Settings.read({**_COMPLETE, "PATH": "/bin"})

    assert read == Settings(*_COMPLETE.values())


@pytest.mark.parametrize("name", _REQUIRED)
def test_a_missing_variable_is_named(name: str) -> None:
    environment = {other: value for other, value in _COMPLETE.items() if other != name}

    with pytest.raises(ConfigurationError, match=rf"^missing environment variables; set {name}$"):
        Settings.read(environment)


@pytest.mark.parametrize("name", _REQUIRED)
def test_an_empty_variable_counts_as_missing(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^missing environment variables; set {name}$"):
        Settings.read({**_COMPLETE, name: ""})


def test_what_a_stack_without_files_leaves_out_is_empty() -> None:
    read = Settings.read({name: _COMPLETE[name] for name in _REQUIRED})

    assert (read.file_queue_url, read.files_bucket) == ("", "")


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({})

    assert all(name in str(caught.value) for name in _REQUIRED)


def test_a_variable_that_nobody_reads_is_named_without_its_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({**_COMPLETE, "PIXEL_TABEL": "a-secret"})

    assert str(caught.value) == "unknown environment variables; remove PIXEL_TABEL"


def test_an_incomplete_environment_never_shows_the_values_it_has() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({"PIXEL_KEYS_TABLE": "a-secret"})

    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_service_is_called_in_the_function_s_own_region(region: str, address: str) -> None:
    environment = AwsEnvironment.read({**_AWS, "AWS_REGION": region})

    assert environment.endpoint("dynamodb") == address


def test_an_address_for_one_service_wins_over_the_address_for_all() -> None:
    both = {"AWS_ENDPOINT_URL": "http://all:1/", "AWS_ENDPOINT_URL_DYNAMODB": "http://one:2/"}

    environment = AwsEnvironment.read({**_AWS, **both})

    assert environment.endpoint("dynamodb") == "http://one:2"
    assert environment.endpoint("sqs") == "http://all:1"


def test_an_empty_address_counts_as_none() -> None:
    environment = AwsEnvironment.read({**_AWS, "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": ""})

    assert environment.endpoint("dynamodb") == "https://dynamodb.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(("given", "token"), [({}, None), ({"AWS_SESSION_TOKEN": "token"}, "token")])
def test_the_session_token_is_optional(given: dict[str, str], token: str | None) -> None:
    assert AwsEnvironment.read({**_AWS, **given}).session_token == token
