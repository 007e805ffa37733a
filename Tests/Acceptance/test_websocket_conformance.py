"""WebSockets as RFC 6455 wants them, case by case: on an echo that is built of the console's parts and has nothing behind it, and on
a listener of a gateway, with a route that answers each message with what it says."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from gateway_process import free_port, tied
from websocket_cases import NARROW, TIMES, WAITS, WIDE, Server

MAPPING = """
routes:
  sockets:
    from:
      websocket:
        listener: push
        path: /ws
        topic: said
        subscribe: { key: { value: all }, reply: { say: .say } }
"""


def parameters(cases):
    return [pytest.param(check, id=f"{family}: {name}") for family, name, check in cases]


class Echo:
    """WebSocketEcho with these bounds: bytes of a message, milliseconds between two pings, milliseconds of a stall."""

    def __init__(self, path, most, *times):
        self.process = subprocess.Popen(tied(path, most, *times), stdout=subprocess.PIPE, text=True)
        self.server = Server(int(self.process.stdout.readline()), most)

    def close(self):
        code = self.process.poll()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        assert code is None, f"the echo ended by itself, with {code}"


@pytest.fixture(scope="module")
def wide_echo(binaries):
    """For large messages."""
    echo = Echo(binaries / "WebSocketEcho", 16 << 20)
    yield echo.server
    echo.close()


@pytest.fixture(scope="module")
def narrow_echo(binaries):
    """With the bounds of the console, and short times."""
    echo = Echo(binaries / "WebSocketEcho", 64 << 10, 1000, 1000)
    yield echo.server
    echo.close()


@pytest.fixture(scope="module")
def listener(new_shared_gateway):
    port = free_port()
    gateway = new_shared_gateway("sockets", {"HTTP_LISTENERS_PUSH_PORT": str(port)})
    gateway.mappings.mkdir()
    (gateway.mappings / "sockets.yaml").write_text(MAPPING)
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"
    gateway.start()
    return Server(port, 64 << 10, is_echo=False, ping=20, stall=10)


@pytest.fixture(scope="module")
def slow_clients(listener):
    """The cases of the listener that wait, all at once and beside the others."""
    with ThreadPoolExecutor(len(TIMES)) as pool:
        yield {name: pool.submit(check, listener) for _, name, check in TIMES}


@pytest.fixture(scope="module", params=["echo", "listener"])
def wide(request):
    """`wide(check)` runs one of the cases. Those that wait were begun before, some at a time; large messages keep an echo busy."""
    request.getfixturevalue("slow_clients")
    server = request.getfixturevalue("listener" if request.param == "listener" else "wide_echo")
    busy = {check for family, _, check in WIDE if family == "limits" and server.is_echo}
    asked = [
        item.callspec.params["check"] for item in request.session.items
        if item.originalname == "test_conformance" and item.callspec.params["wide"] == request.param]
    with ThreadPoolExecutor(6) as pool:
        begun = {check: pool.submit(check, server) for check in asked if check not in busy}
        yield lambda check: begun[check].result(120) if check in begun else check(server)


@pytest.fixture(scope="module", params=["echo", "listener"])
def narrow(request):
    return request.getfixturevalue("listener" if request.param == "listener" else "narrow_echo")


@pytest.mark.parametrize("check", parameters(WIDE))
def test_conformance(wide, check):
    wide(check)


@pytest.mark.parametrize("check", parameters(NARROW))
def test_bounds(narrow, check):
    check(narrow)


@pytest.mark.parametrize("check", parameters(TIMES + WAITS))
def test_times(narrow_echo, check):
    check(narrow_echo)


@pytest.mark.parametrize("name", [name for _, name, _ in TIMES])
def test_times_of_the_listener(slow_clients, name):
    slow_clients[name].result(60)
