"""Waiting for a condition, with a deadline; and watching that nothing happens."""

import time


def wait(what, is_so, limit=30.0, pause=0.02):
    """Until `is_so` returns something true, which is returned. `what` says what is waited for."""
    end = time.monotonic() + limit
    while not (answer := is_so()):
        assert time.monotonic() < end, f"waited {limit:.0f} s in vain: {what}"
        time.sleep(pause)
    return answer


def stays(what, is_so, seconds, pause=0.05):
    """`is_so` must go on being true for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert is_so(), f"did not stay for {seconds:.1f} s: {what}"
        time.sleep(pause)
