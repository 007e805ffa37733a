#!/usr/bin/env python3
"""Finds Swift that ends the process on a number from outside: messages, records, headers, settings, options, files.

usage: check_arithmetic.py [FILE…]      without files: all of Sources

`-`, `*`, `Int32(x)`, `abs`, a division by zero and a forced unwrap trap where the value does not fit, and a message that
traps comes back after every restart. Each finding names the place, the rule and what to write instead. What was reviewed and
is safe stands in arithmetic_reviewed.txt, as PATH: EXPRESSION: REASON. An entry that nothing matches any more is a finding,
too. Before it looks at anything it tries its rules on samples that must and must not be found.
"""
import re
import sys
from pathlib import Path

from swift_code import code_only

ROOT = Path(__file__).resolve().parents[2]
REVIEWED = Path(__file__).with_name("arithmetic_reviewed.txt")

NARROW = r"(?:U?Int(?:8|16|32)|UInt|C(?:Unsigned)?Int|CChar|CShort)"
# Numbers that are counts and places of what is in memory, or names of constants.
OURS = r"(?:[\w.?\[\]$]*\.(?:count|index|rawValue)(?: [+/] \d+)?|[A-Z_]{3,}(?:\.rawValue)?(?: \| [A-Z_]{3,}(?:\.rawValue)?)*)\)"
# The fields and variables that hold numbers as somebody else wrote them.
OUTSIDE = r"(?:\.(?:integer|date|int64|timestamp|double|receivedAt|expiresAt|nextTryAt|leaseUntil)\b(?!\()|(?<![.\w])(?:now(?:\(\))?|receivedAt|expiresAt|nextTryAt|leaseUntil)\b)"

RULES = [
    ("abs", r"(?<![\w.])abs\(", "'abs' of the least number traps; use '.magnitude'"),
    ("force", r"\btry!|\bas!|\.unsafelyUnwrapped\b|(?<=[\w)\]])!(?=[\s.,;:)\]}\[(]|$)",
     "a forced unwrap ends the process; use 'guard let' and report the error"),
    ("stop", r"\b(?:precondition|preconditionFailure|fatalError)\(",
     "ends the process: for our own mistakes alone, never for bytes from outside"),
    ("narrow", rf"(?<![\w.]){NARROW}\((?!clamping:|exactly:|truncatingIfNeeded:|bitPattern:|littleEndian:|bigEndian:|ascii:|[-\d_.x]+\)|\"|\)|{OURS})",
     "a conversion that traps where the value does not fit; use 'clamping:', 'exactly:' or 'truncatingIfNeeded:'"),
    ("float", r"(?<![\w.])U?Int(?:64)?\((?=[^()]*(?:\([^()]*\)[^()]*)*(?:\bDouble\(|\.rounded\(|timeInterval|\.double\b))",
     "a double that is NaN or too large traps; use 'exactly:' on the rounded value"),
    ("divide", r"(?<![/*<])[/%]=?\s+(?![\d(]|\.|/)[A-Za-z_]\w*(?:[.\w]|\([^()]*\))*",
     "a divisor of zero traps; exclude zero, or use 'dividedReportingOverflow'"),
    ("outside", rf"(?:{OUTSIDE})(?:\s*\?\?\s*\w+)?\)?\s*[-+*]\s|[-+*]\s+\(?(?:[\w$]+\??)*{OUTSIDE}|-{OUTSIDE}|(?<=[\s(])-\w+{OUTSIDE}",
     "arithmetic on a number from outside traps at the ends of its range; use 'subtractingClamped', 'multipliedClamped' or"
     " 'addingReportingOverflow'"),
]
COMPILED = [(name, re.compile(pattern), remedy) for name, pattern, remedy in RULES]

SAMPLES = [
    ("let x = abs(value)", "abs"), ("let x = try! parse()", "force"), ("let x = list.first!", "force"), ("return (a as! B)", "force"),
    ("fatalError()", "stop"), ("let x = Int32(length)", "narrow"), ("x = UInt8(a + b)", "narrow"), ("CInt(min(a, b))", "narrow"),
    ("Int(seconds.rounded())", "float"), ("UInt64(Double(a) / b)", "float"), ("let x = a / count", "divide"), ("x = y % size", "divide"),
    ("at.map { now - $0 }", "outside"), ("let x = element.date - 5", "outside"), ("let x = 5 - row.integer", "outside"),
    ("node.int64 * 1000", "outside"), ("row.expiresAt + 1", "outside"), ("let x = .seconds(1) / rate", "divide"), ("UInt32(text.first)", "narrow"),
]
SAFE = [
    "let x = value.magnitude", "Int32(clamping: length)", "UInt8(ascii: \"a\")", "Int32(5)", "let x = a / 2", "let x = a != b",
    "if !isDone { }", "// abs(x) is not asked", "let s = \"try! abs(x)\"", "func f() -> Int64 { 1 }",
    "now.subtractingClamped(date)", "x = y &* z", "precondition", "case .date: return 5", "let text = \"a / b\"", "Int(text)",
    "a = b ?? c", "let x = UInt8(truncatingIfNeeded: a)", "import Glibc", "Int32(list.count)", "CInt(MSG_PEEK | MSG_DONTWAIT)", "clock.now + wait", "let x = $0.date ?? 0", "list[i] - 1", "\"\\(a)/\\(b)\"",
]


def findings(code):
    """(line, rule, expression, remedy) for each place."""
    for number, line in enumerate(code.split("\n"), 1):
        for rule, pattern, remedy in COMPILED:
            for match in pattern.finditer(line):
                yield number, rule, expression(line, match), remedy


def expression(line, match):
    """What was matched, with the arguments of a call: short, and the same wherever the line moves."""
    start, end = match.span()
    if line[start:end].endswith("("):
        depth = 1
        while end < len(line) and depth:
            depth += {"(": 1, ")": -1}.get(line[end], 0)
            end += 1
    else:
        while start > 0 and re.match(r"[\w.$?()\]]", line[start - 1]):
            start -= 1
        while end < len(line) and re.match(r"[\w.$]", line[end]):
            end += 1
    return re.sub(r"\s+", " ", line[start:end]).strip()


def check_rules():
    for text, rule in SAMPLES:
        found = {name for _, name, _, _ in findings(code_only(text))}
        if rule not in found:
            sys.exit(f"check_arithmetic: the rule '{rule}' does not find: {text}")
    for text in SAFE:
        found = [name for _, name, _, _ in findings(code_only(text))]
        if found:
            sys.exit(f"check_arithmetic: the rule '{found[0]}' finds what is safe: {text}")


def reviewed():
    entries = {}
    for number, line in enumerate(REVIEWED.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(": ", 2)
        if len(parts) != 3 or not parts[2].strip():
            sys.exit(f"{REVIEWED.name}:{number}: expected PATH: EXPRESSION: REASON")
        entries[parts[0], parts[1]] = number
    return entries


def main():
    check_rules()
    known, used, count = reviewed(), set(), 0
    files = [Path(name).resolve() for name in sys.argv[1:]] or sorted((ROOT / "Sources").rglob("*.swift"))
    for path in files:
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        for line, rule, text, remedy in findings(code_only(path.read_text())):
            text = text.replace(": ", ":")
            if (name, text) in known:
                used.add((name, text))
                continue
            if ("*", text) in known:
                used.add(("*", text))
                continue
            count += 1
            print(f"{name}:{line}: {rule}: {text}; {remedy}")
    if not sys.argv[1:]:
        for (name, text), line in known.items():
            if (name, text) not in used:
                count += 1
                print(f"{REVIEWED.relative_to(ROOT)}:{line}: nothing matches '{text}' in {name} any more; take it out")
    if count:
        print(f"{count} places; correct them, or, where the value can only be ours, add PATH: EXPRESSION: REASON to {REVIEWED.name}")
    sys.exit(1 if count else 0)


main()
