"""What all acceptance tests share: the binaries, the servers, and the one fixture that starts a gateway.

Started by scripts/test, which gives the servers (RABBITMQ_URI, MONGODB_URI). `scripts/test --acceptance -k NAME` runs those whose
names have it.
"""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from checks import Checks
from live_gateway import ROOT, Gateway, Servers
from playwright.sync_api import sync_playwright
from selection import is_selection

LOG_SHOWN = 3000  # characters of a gateway's log that a failure shows


def pytest_addoption(parser):
    group = parser.getgroup("gateway")
    group.addoption("--binaries", type=Path, help="directory of gateway and WebSocketEcho (default: where swift build puts them)")
    group.addoption("--promtool", type=Path, default=ROOT / ".local/bin/promtool", help="Prometheus' promtool")
    group.addoption("--pictures", type=Path, help="directory for screenshots of the console's pages")


@pytest.fixture(scope="session")
def binaries(request):
    given = request.config.getoption("--binaries")
    if not given:
        given = Path(subprocess.run(
            ["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())
    for name in ("gateway", "WebSocketEcho"):
        assert (given / name).is_file(), f"there is no {given / name}: swift build makes it"
    return given


@pytest.fixture(scope="session")
def servers():
    for name in ("RABBITMQ_URI", "MONGODB_URI"):
        if not os.environ.get(name):
            pytest.exit(f'{name} is not set: scripts/test --acceptance starts servers, or eval "$(scripts/services env)"', 4)
    return Servers()


@contextmanager
def making(binaries, servers, tmp_path_factory):
    made = []

    def make(kind, settings=None):
        gateway = Gateway(binaries / "gateway", servers, tmp_path_factory.mktemp(kind), kind, settings or {})
        made.append(gateway)
        return gateway

    yield make
    errors = []
    for gateway in reversed(made):
        try:
            gateway.close()
        except Exception as error:
            errors.append(str(error))
        Gateway.known.remove(gateway)
    assert not errors, "\n".join(errors)


@pytest.fixture
def new_gateway(binaries, servers, tmp_path_factory):
    """`new_gateway(kind, settings)` makes a gateway for one test. It ends with the test, and must end well."""
    with making(binaries, servers, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def new_shared_gateway(binaries, servers, tmp_path_factory):
    """The same for all tests of a file."""
    with making(binaries, servers, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def problems():
    """What went wrong on the pages of a test."""
    return []


@pytest.fixture
def new_page(browser, problems):
    """`new_page(locale=…)` opens a page in a context of its own, whose problems fail the test."""
    contexts = []

    def open_page(**more):
        context = browser.new_context(**{"locale": "en-US", **more})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"error on the page: {error}"))
        page.on("dialog", lambda dialog: (problems.append(f"a dialog opened: {dialog.message}"), dialog.dismiss()))
        # A policy that refuses something says so here; a request that fails (401, a gateway that is away) does as well.
        page.on("console", lambda message: problems.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                and "Error in connection establishment" not in message.text
                and "Unexpected response code: 503" not in message.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def picture(request):
    """`picture(page, name)` keeps a screenshot, where --pictures says to."""
    directory = request.config.getoption("--pictures")

    def keep(page, name):
        if directory:
            page.screenshot(path=directory / f"{name}.png")

    return keep


@pytest.fixture(autouse=True)
def no_gateway_crashes():
    yield
    crashed = [gateway for gateway in Gateway.known if gateway.has_crashed()]
    for gateway in crashed:
        gateway.was_stopped = True  # reported once
    assert not crashed, "\n".join(str(one.failure(f"ended by itself, with {one.process.returncode}")) for one in crashed)


@pytest.fixture
def checks():
    """Many checks in one test; those that failed are reported at its end."""
    return Checks()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if "checks" in item.funcargs:
        item.funcargs["checks"].end()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for gateway in Gateway.known:
            report.sections.append((f"log of {gateway.name}", gateway.text()[-LOG_SHOWN:]))
    return report


def pytest_terminal_summary(terminalreporter):
    passed = len(terminalreporter.stats.get("passed", []))
    terminalreporter.write_line(f"{passed} tests passed; {Checks.total} checks within those that have many")


def pytest_sessionfinish(session, exitstatus):
    """Where all tests are run, none may be skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and not is_selection(session.config) and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
