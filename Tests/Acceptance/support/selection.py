"""Whether all tests of a file are run, for those that look at what the others did."""


def is_selection(config):
    """True with -k or -m, or when single tests are named."""
    return bool(config.getoption("keyword") or config.getoption("markexpr") or any("::" in one for one in config.args))
