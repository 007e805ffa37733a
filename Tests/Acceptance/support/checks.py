"""Many small checks within one test: all that fail are reported, not only the first, and all are counted."""

MOST_SHOWN = 5


class Checks:
    """The checks of one test. `total` counts those of all tests of the run."""

    total = 0

    def __init__(self):
        self.failed = []

    def __call__(self, what, problems):
        """`what` was asked; each problem says what was expected and what was found. None: it holds."""
        Checks.total += 1
        problems = list(problems)
        if problems:
            more = len(problems) - MOST_SHOWN
            self.failed.append("\n".join(
                [what, *(f"    {one}" for one in problems[:MOST_SHOWN]), *([f"    … and {more} more"] if more > 0 else [])]))

    def equal(self, what, expected, found):
        self(what, [] if expected == found else [f"expected {expected!r}", f"found    {found!r}"])

    def end(self):
        assert not self.failed, f"{len(self.failed)} checks failed:\n" + "\n".join(self.failed)
