"""A port that cannot be used is reported with its number and the setting that changes it."""

import socket

import pytest

from bot.listening import Place, PortError, bind


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortError, match=rf"Port {port} on 127.0.0.1.*STREETWISE_CONSOLE_PORT"):
            bind(Place("127.0.0.1", port, "STREETWISE_CONSOLE_PORT"))


def test_port_0_is_any_free_port() -> None:
    with bind(Place("127.0.0.1", 0, "STREETWISE_CHAT_PORT")) as bound:
        assert bound.getsockname()[1] > 0
