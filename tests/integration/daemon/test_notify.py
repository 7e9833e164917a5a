"""Datagrams to the service manager."""

import os
import socket

import pytest

from syncd.daemon.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def ear(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "path" else f"@syncd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1))
        listener.settimeout(60)
        yield address, listener


def test_each_state_is_one_datagram(ear):
    """sd_notify(3): one message per state is what every version understands."""
    address, listener = ear
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.status("12 files\nin work")
    notifier.alive()
    notifier.stopping()
    heard = [listener.recv(4096).decode() for _ in range(4)]
    assert ["READY=1", "STATUS=12 files in work", "WATCHDOG=1", "STOPPING=1"] == heard


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_without_a_listener_nothing_happens(address):
    """Outside systemd, or when it is gone, the work goes on."""
    Notifier({"NOTIFY_SOCKET": address}).ready()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdog_is_served_only_where_it_is_meant_for_us(environment, seconds):
    """A child must not answer for its parent."""
    assert seconds == Notifier(environment).watchdog
