"""An address is counted by a hash that is the same for a day, in every container, and cannot be made the day after."""

import pytest

from pixel.auth.daily_salt import hash_of_address
from pixel.foundation import container
from tests.conftest import Frozen

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")


def test_all_containers_hash_alike_for_a_day(frozen: Frozen, sent: list[str]) -> None:
    first = [hash_of_address("203.0.113.1"), hash_of_address("203.0.113.1")]
    assert sent == ["PutItem"]
    container.forget_all()

    assert {hash_of_address("203.0.113.1"), *first} == {first[0]}
    frozen.move(86_400)
    assert hash_of_address("203.0.113.1") != first[0]


def test_addresses_differ_but_those_of_one_ipv6_network() -> None:
    networks = {
        hash_of_address(address) for address in ("203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8:0:1::1")
    }

    assert len(networks) == 4
    assert hash_of_address("2001:db8::1") == hash_of_address("2001:0db8:0:0:ffff::2")
    assert hash_of_address("::ffff:203.0.113.1") == hash_of_address("203.0.113.1")
    assert hash_of_address("not an address") == hash_of_address("not an address")
