"""The console's WebSocket as RFC 6455 wants it, case by case, on an echo that is built of the same parts and has nothing behind it."""

import subprocess

import pytest
from gateway_process import tied
from websocket_cases import NARROW, WIDE


def parameters(cases):
    return [pytest.param(check, id=f"{family}: {name}") for family, name, check in cases]


class Echo:
    """WebSocketEcho with these bounds: bytes of a message, milliseconds between two pings, milliseconds of a stall."""

    def __init__(self, path, *bounds):
        self.process = subprocess.Popen(tied(path, *bounds), stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def close(self):
        code = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        assert code is None, f"the echo ended by itself, with {code}"


@pytest.fixture(scope="module")
def wide(binaries):
    """For large messages."""
    echo = Echo(binaries / "WebSocketEcho", 16 << 20)
    yield echo.port
    echo.close()


@pytest.fixture(scope="module")
def narrow(binaries):
    """With the bounds of the console, and short times."""
    echo = Echo(binaries / "WebSocketEcho", 64 << 10, 1000, 1000)
    yield echo.port
    echo.close()


@pytest.mark.parametrize("check", parameters(WIDE))
def test_conformance(wide, check):
    check(wide)


@pytest.mark.parametrize("check", parameters(NARROW))
def test_bounds(narrow, check):
    check(narrow)
