"""Containers find the stack under another address, and only the stack."""

import asyncio
import socket

import pytest

from tools.sam_env import HostAddress, find_host, loopback_ports, open_ports, seen_from_containers

_VARIABLES = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
    "AWS_ENDPOINT_URL_DYNAMODB": "",
    "PIXEL_TINYBIRD_URL": "http://localhost:7181",
    "PIXEL_SPILL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/pixel-local-spill",
    "PIXEL_KEYS_TABLE": "keys",
}
_OTHER_LOOPBACK = "127.0.0.2"


def test_addresses_of_loopback_lead_through_the_door_and_others_stay() -> None:
    assert seen_from_containers(_VARIABLES, HostAddress("172.17.0.1", is_ours=True)) == {
        **_VARIABLES,
        "AWS_ENDPOINT_URL": "http://172.17.0.1:5000",
        "PIXEL_TINYBIRD_URL": "http://172.17.0.1:7181",
    }
    assert loopback_ports(_VARIABLES) == [5000, 7181]


def test_an_address_of_another_machine_is_not_listened_on() -> None:
    assert find_host("127.0.0.1") == HostAddress("127.0.0.1", is_ours=True)
    assert find_host("192.0.2.77") == HostAddress("192.0.2.77", is_ours=False)


def test_what_comes_through_the_door_goes_to_the_stack_and_back() -> None:
    if not find_host(_OTHER_LOOPBACK).is_ours:
        pytest.skip(f"this machine has no {_OTHER_LOOPBACK}")

    assert asyncio.run(_ask_through_an_open_port(b"a question")) == b"a question, answered"


async def _ask_through_an_open_port(question: bytes) -> bytes:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(question)) + b", answered")
        writer.close()

    stack = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = stack.sockets[0].getsockname()[1]
    [server] = await open_ports(_OTHER_LOOPBACK, [port])
    async with stack, server:
        reader, writer = await asyncio.open_connection(_OTHER_LOOPBACK, port)
        writer.write(question)
        answered = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answered


def test_a_port_that_a_service_has_everywhere_is_left_to_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert asyncio.run(open_ports("127.0.0.1", [taken.getsockname()[1]])) == []
