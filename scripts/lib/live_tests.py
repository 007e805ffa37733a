"""Runs tests with servers, one after the other, within a limit; what fails among them is run once more.

usage: live_tests.py NAME DIRECTORY SECONDS COMMAND...      COMMAND: a test binary with its filters

Tests on real servers, several runs of them side by side on two cores, meet times that nobody has set. So a test that fails, or that
the limit ended, has a second run by itself. One that passes only then is `unsteady`: the step is not failed by it, but the summary
names it with what it said, since it is a fault of the test or of the product. A binary that crashes, and more than ten failures,
have no second run.

Leaves in DIRECTORY: NAME.ran, the number of tests that were run; NAME.words, lines for the summary.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from limit import run

MOST_FAILURES = 10


@dataclass
class Result:
    """Of one test, or of a suite."""

    name: str
    is_suite: bool
    began: float | None = None
    ended: float | None = None
    issues: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return (self.ended or 0) - (self.began or 0) if self.ended else 0


def read(stream: Path) -> dict[str, Result]:
    """By id, from the events of a run; the last line may be torn."""
    results: dict[str, Result] = {}
    for line in stream.read_text(encoding="utf-8", errors="replace").split("\n") if stream.exists() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        payload = record["payload"]
        if record["kind"] == "test":
            name = payload.get("displayName") or payload["name"]
            results[payload["id"]] = Result(name, payload["kind"] == "suite")
            continue
        result = results.get(payload.get("testID", ""))
        if result is None:
            continue
        match payload["kind"]:
            case "testStarted":
                result.began = payload["instant"]["absolute"]
            case "testEnded" | "testSkipped":
                result.ended = payload["instant"]["absolute"]
            case "issueRecorded" if not payload.get("issue", {}).get("isKnown"):
                result.issues.append(" ".join(message["text"] for message in payload["messages"]))
    return results


def wrong(results: dict[str, Result]) -> dict[str, Result]:
    """What failed, or did not end. A suite counts for an issue of its own, such as servers that do not start."""
    return {
        id: result for id, result in results.items()
        if result.issues or (not result.is_suite and result.ended is None)
    }


def filters(ids: list[str]) -> list[str]:
    """Arguments that select these tests alone."""
    escaped = [re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", id) for id in ids]
    return [argument for id in escaped for argument in ("--filter", f"^{id}")]


def without_filters(command: list[str]) -> list[str]:
    kept, skips = [], False
    for argument in command:
        if skips:
            skips = False
        elif argument in ("--filter", "--skip"):
            skips = True
        else:
            kept.append(argument)
    return kept


def line(kind: str, result: Result) -> str:
    said = result.issues[0] if result.issues else "begun and not ended" if result.began else "not begun"
    return f"{kind}: {result.name}: {' '.join(said.split())[:400]}"


def main() -> int:
    name, directory, limit, command = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]

    def runs(which: str, arguments: list[str]) -> tuple[int, dict[str, Result]]:
        stream = directory / f"{name}.{which}.events"
        options = ["--event-stream-output-path", str(stream), "--event-stream-version", "0"]
        status = run(limit, [*arguments, *options])
        return status, read(stream)

    status, results = runs("first", command)
    failed = wrong(results)
    words = []
    tests = [result for result in results.values() if not result.is_suite]
    if not tests:
        words.append(f"failed: {name}: no test was run")
    elif not failed and status != 0:
        words.append(f"failed: {name}: ended with {status}")
    elif failed and status in (1, 124) and len([f for f in failed.values() if f.issues]) <= MOST_FAILURES:
        print(f"once more: {len(failed)} that failed or did not end", flush=True)
        again, second = runs("second", without_filters(command) + filters(list(failed)))
        still = wrong(second)
        for id, result in failed.items():
            passed = again == 0 and id in second and id not in still
            words.append(line("unsteady" if passed else "failed", result))
    else:
        words += [line("failed", result) for result in failed.values()]
        if status not in (0, 1, 124):
            words.append(f"failed: {name}: ended with {status}")
    print("the ten slowest:")
    for result in sorted(tests, key=lambda result: -result.seconds)[:10]:
        print(f"{result.seconds:8.1f} s  {result.name}")
    for word in words:
        print(word, flush=True)
    (directory / f"{name}.ran").write_text(f"{len(tests)}\n")
    (directory / f"{name}.words").write_text("".join(f"{word}\n" for word in words))
    return 1 if any(word.startswith("failed") for word in words) else 0


if __name__ == "__main__":
    sys.exit(main())
