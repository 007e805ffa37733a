#!/usr/bin/env python3
"""Checks the prose of the repository: spelling, and words that nobody would search for.

usage: check_prose.py [FILE…]      without files: all of the repository

Reads the comments of Swift, C, JavaScript, Python, shell and YAML files, the texts for people in Swift and Python (string
literals of three words or more: help, errors, log messages) and Markdown. Code, quoted code and addresses are not read.
codespell (docs_requirements.txt) checks the spelling; prose_words.txt lists the words that it must accept. RULES below
lists words and phrases with their replacement. Every rule is first tried on lines that it must and must not find.

Exit code: 0 without findings, 1 with findings, 69 when codespell is not installed.
"""
import importlib.util
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("prose_words.txt")
PLACES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Package.swift", "docs", "Sources", "Tests", "Benchmarks", "mappings",
          "samples", "scripts"]
# This file quotes what it bans.
SKIPPED = {"scripts/lib/check_prose.py"}
SLASHES = {".swift", ".c", ".h", ".cpp", ".js", ".css"}
HASHES = {".sh", ".yaml", ".yml"}

# Name, pattern (case is ignored, a space matches any white space), replacement, lines to find, lines to leave.
RULES = [
    ("letter", r"(?<!dead )(?<!dead-)\b(?:the|that|this|each|every|its|open|old|new|many|all|these|those) letters?(?:'s)?\b"
     r"(?! (?:digits?|case|of the|[a-z]\b|`))",
     "dead letter", ["what became of the letter", "replays all letters", "each letter's document"],
     ["the dead letter", "a lower-case letter", "letters, digits", "the letter `x`", "the letters of the script"]),
    ("courier", r"\bcouriers?\b", "outbox relay", ["the courier sends it"], ["the outbox relay"]),
    ("bell", r"\bbells?\b", "signal", ["rings the bell"], ["a label", "a signal"]),
    ("wish", r"\bwish(?:es)?\b", "desired state, or command", ["the wishes of an operator"], ["a dish"]),
    ("roster", r"\brosters?\b", "reconciler", ["the roster of routes"], ["the poster"]),
    ("desk", r"\bdesks?\b", "service", ["the desk for feeds"], ["a desktop"]),
    ("goes by", r"\b(?:go|goes|going|went|gone) by\b", "ordered by, identified by, or named",
     ["a schema goes by its URI"], ["goes beyond"]),
    ("looked at", r"\b(?:is|are|was|were|be|been) (?:not |never )?looked (?:at|into)\b", "checked, read, or compared",
     ["which is not looked\nat", "is looked at"], ["looked up", "the value is looked up"]),
    ("mend", r"\bmend(?:s|ed|ing)?\b", "fix, or edit", ["a mended message"], ["amended", "recommend"]),
    ("told", r"\b(?:re)?told\b", "reported, named, or sent", ["whoever is told", "errors are told"], ["a toll"]),
    ("whoever", r"\b(?:whoever|whomever)\b", "name who it is", ["Whoever has asked", "whoever\nmakes it"], ["whatever the load"]),
    ("somebody's", r"\b(?:some|any|no)(?:body|one)'s\b", "name whose it is", ["somebody's letter"], ["the caller's"]),
    ("is no", r"(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|different\b|other\b|such\b|greater\b|later\b|\d)(?=[a-z])",
     "is not a …", ["what is no number", "they are no news"], ["there is no queue", "is no longer there", "is not a number"]),
    ("is none", r"(?<!there )\b(?:is|are) none\b(?! of\b)", "is absent, or is not one", ["a text that is none"],
     ["there is none", "are none of those"]),
    ("so many", r"\bso (?:many|much|long) (?:bytes|items|messages|milliseconds|seconds|a second|deliveries|lines|entries"
     r"|at a time|times|documents|rows)\b", "name the number", ["at most so many entries", "so many a second", "so many bytes"],
     ["so that many bytes fit", "that many"]),
    ("what is wrong", r"\b(?:(?:what|all that|everything that) is wrong with|something is wrong with)\b",
     "errors of, violations of", ["what is wrong with the others", "that something is wrong with"], ["what is wrong and how to fix it"]),
    ("for ever", r"\bfor ever\b", "forever", ["it retries for ever"], ["forever", "for every"]),
    ("said twice", r"(?-i:\b(?!(?:that|had|is|do|mm|dd|yy|x|a)\b)([a-z]+) \1\b(?![-'’]))", "once is enough",
     ["of the the queue", "the\nthe end"], ["that that is", "the then", "1 1", "lag Lag"]),
]


def compiled(pattern):
    return re.compile(pattern.replace(" ", r"\s+").replace(r"(?<!there\s+)", r"(?<!there )(?<!there\n)")
                      .replace(r"(?<!dead\s+)", r"(?<!dead )(?<!dead\n)"), re.IGNORECASE)


RULES = [(name, compiled(pattern), remedy, finds, leaves) for name, pattern, remedy, finds, leaves in RULES]
# Not prose: quoted code, addresses, names with a dot, an underscore, a slash or a capital inside.
NOT_PROSE = re.compile(
    r"``[^`]*``|`[^`\n]*`|https?://\S+|\]\([^)\s]*\)|\S*[\w)][._/][\w(]\S*|\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*|(?<!\w)--?[\w-]+|[$\\@<&%][\w{-]+|\b[\w-]+=\S+")


def blanked(match):
    return re.sub(r"[^\n]", " ", match.group()[:-1]) + "…" if match.group() else ""


class Prose:
    """The passages of one file: texts of consecutive lines, each with the number of its first line."""

    def __init__(self):
        self.passages = []
        self.next_line = 0

    def add(self, line, text, joins=False):
        if joins and self.passages and self.next_line == line:
            first, before = self.passages[-1]
            self.passages[-1] = (first, before + "\n" + text)
        else:
            self.passages.append((line, text))
        self.next_line = line + text.count("\n") + 1 if joins else 0


SWIFT_PARTS = re.compile(
    r'(?P<comment>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<raw>(?P<hashes>#+)"(?:""(?P<rawmulti>.*?)""|(?P<rawtext>[^\n]*?))"(?P=hashes))'
    r'|(?P<multi>"""(?:\\.|.)*?""")|(?P<string>"(?:\\\((?:[^()"\n]|"[^"\n]*"|\((?:[^()]|\([^()]*\))*\))*\)|\\.|[^"\\\n])*")',
    re.DOTALL)
INTERPOLATION = re.compile(r'\\#?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)')
REGULAR_JS = re.compile(r"(?<=[(=,])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\])+/[a-z]*")


def is_sentence(text):
    words = re.findall(r"(?<![\w.$:-])[A-Za-z]+(?![\w:=(])", text)
    return len(words) >= 3 and not re.match(r"\s*[{\[<]", text)


def slashes(source, prose, has_texts):
    if not has_texts:
        source = REGULAR_JS.sub(lambda match: re.sub(r"\S", " ", match.group()), source)
    at_line, at = 1, 0
    for part in SWIFT_PARTS.finditer(source):
        at_line += source.count("\n", at, part.start())
        at = part.start()
        if part["comment"]:
            text = part["comment"].lstrip("/!").strip()
            alone = not source[source.rfind("\n", 0, at) + 1:at].strip()
            prose.add(at_line, text, joins=alone and bool(text))
        elif part["block"]:
            prose.add(at_line, re.sub(r"^[ \t]*\*+/?|/\*+|\*+/", " ", part["block"], flags=re.MULTILINE))
        elif has_texts:
            text = INTERPOLATION.sub("…", part.group().strip('#"'))
            if is_sentence(text):
                prose.add(at_line, text.replace("\\n", " ").replace('\\"', '"'))


def hashes(source, prose):
    for number, line in enumerate(source.split("\n"), 1):
        found = re.match(r"(?P<before>(?:[^'\"#]|'[^']*'|\"(?:\\.|[^\"\\])*\"|(?<!\s)#)*?)(?:(?<=\s)|^)#(?!!)(?P<text>[^\n]*)", line)
        if found:
            text = found["text"].strip("# -")
            prose.add(number, text, joins=not found["before"].strip() and bool(text))


def python(source, prose):
    begins = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            prose.add(line, token.string.lstrip("#! ").strip(), joins=not token.line[:token.start[1]].strip())
            continue
        if token.type == tokenize.STRING:
            text = token.string.lstrip("rbfuRBFU").strip("\"'")
            if "r" not in token.string[:2] and (begins or is_sentence(text)):
                prose.add(line, re.sub(r"\{[^{}]*\}", "…", text).replace("\\n", " "))
        begins = token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING) or (
            begins and token.type == tokenize.COMMENT)


def markdown(source, prose):
    fence = None
    for number, line in enumerate(source.split("\n"), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark:
            fence = None if fence and mark[1].startswith(fence) else fence or mark[1]
            continue
        text = line.strip()
        if fence or not text or re.match(r"<!--.*-->$|\|?[-: |]+\|?$", text):
            continue
        begins = re.match(r"[|#>]|[-*+] |\d+\. ", text)
        if begins:
            prose.next_line = 0
        prose.add(number, text.replace("|", ". "), joins=True)


def passages(path, source):
    prose = Prose()
    first = source[:source.find("\n")]
    if path.suffix == ".md":
        markdown(source, prose)
    elif path.suffix == ".py":
        python(source, prose)
    elif path.suffix in SLASHES:
        slashes(source, prose, has_texts=path.suffix == ".swift")
    elif path.suffix in HASHES or first.startswith("#!") and "sh" in first:
        hashes(source, prose)
    return [(line, NOT_PROSE.sub(blanked, text)) for line, text in prose.passages]


def findings(text):
    for name, pattern, remedy, _, _ in RULES:
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()), " ".join(match.group().split()), remedy


def try_rules():
    """Each rule finds what it must, and leaves what it must; each reader finds the prose of its language."""
    wrong = []
    for name, pattern, _, finds, leaves in RULES:
        wrong += [f"rule '{name}' does not find: {text!r}" for text in finds if not pattern.search(text)]
        wrong += [f"rule '{name}' finds: {text!r}" for text in leaves if pattern.search(text)]
    samples = {
        "a.swift": ('let a = 1  // one\n/// Two\n/// lines.\nlet b = "no // comment in here \\(c("x y z"))"\nlet d = "id"\n'
                    'let e = #"raw text of words"#\nlet f = """\n    in many lines of text\n    """\n',
                    [(1, "one"), (2, "Two\nlines."), (4, "no // comment in here …"), (6, "raw text of words"),
                     (7, "\n    in many lines of text\n    ")]),
        "a.py": ('"""About it."""\nx = "key"  # aside\nsay(f"it has {n} of the lines")\n',
                 [(1, "About it."), (2, "aside"), (3, "it has … of the lines")]),
        "a.sh": ("#!/bin/sh\n# One\n# two.\necho 'a # b' \"#\" ${#x} # three\n", [(2, "One\ntwo."), (4, "three")]),
        "a.md": ("# Head\n\nText\nmore `code` text\n```sh\nno prose\n```\n- point\n", [(1, "# Head"), (3, "Text\nmore      … text"), (8, "- point")]),
        "a.js": ("let a = /\"/ // one\nlet b = 'it is no comment' /* two */\n", [(1, "one"), (2, "  two  ")]),
    }
    for name, (source, expected) in samples.items():
        found = passages(Path(name), source)
        if found != expected:
            wrong.append(f"reads {name} as {found}, not {expected}")
    return wrong


def accepted_words():
    lines = WORDS.read_text().split("\n")
    return {line.split(":")[0] for line in lines if line and not line.startswith("#")}


def misspelled(texts):
    """`texts`: one line each. Yields the index of a line and what codespell says of it."""
    command = [sys.executable, "-m", "codespell_lib", "-", "-L", ",".join(sorted(accepted_words()))]
    run = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True)
    if run.returncode not in (0, 65):
        raise SystemExit(f"codespell failed: {run.stderr.strip()}")
    for line in run.stdout.split("\n"):
        found = re.match(r"(\d+): (.*)|\s+(\S+ ==> .*)", line)
        if found and found[1]:
            index = int(found[1]) - 1
        if found and "==>" in line:
            yield index, (found[3] or line.split(": ", 1)[-1]).strip()


def files(arguments):
    roots = [Path(argument).resolve() for argument in arguments] or [ROOT / place for place in PLACES]
    for root in roots:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and not {"__pycache__", ".build"} & set(path.parts) and path.stat().st_size < 1 << 20:
                yield path


def main():
    wrong = try_rules()
    if wrong:
        print("the check itself is broken:", *wrong, sep="\n")
        return 1
    if importlib.util.find_spec("codespell_lib") is None:
        print(f"codespell is not installed; {sys.executable} -m pip install -r scripts/lib/docs_requirements.txt", file=sys.stderr)
        return 69
    found, lines, places = [], [], []
    for path in files(sys.argv[1:]):
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        if name in SKIPPED:
            continue
        try:
            source = path.read_text()
        except UnicodeDecodeError:
            continue
        for first, text in passages(path, source):
            for below, phrase, remedy in findings(text):
                found.append((name, first + below, f"'{phrase}'; write: {remedy}"))
            for below, line in enumerate(text.split("\n")):
                lines.append(line)
                places.append((name, first + below))
    for index, what in misspelled(lines):
        found.append((*places[index], f"misspelled: {what}"))
    for name, line, what in sorted(set(found)):
        print(f"{name}:{line}: {what}")
    if found:
        print(f"{len(set(found))} findings in {len({name for name, _, _ in found})} files", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
