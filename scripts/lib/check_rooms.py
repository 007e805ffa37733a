#!/usr/bin/env python3
"""Finds circles between the folders of a Swift target, which the compiler does not look for.

usage: check_rooms.py [--tree] [--all] [SOURCES]      without SOURCES: the folder Sources of this repository

A folder depends on another of the same target when its code names a top-level type or function that the other declares; an
extension names the type that it extends, `Parent.Nested` names both. Siblings are compared, each with all that lies beneath it;
the files that lie directly in a folder are "." among its subfolders. A circle is a finding, with the names that close it: first
the arrow with the fewest, which is the cheapest to turn.

Imports are compared with Package.swift: each imported target must be a declared dependency, each declared one be imported.

  --tree   print for each target which folder depends on which, and with how many names
  --all    print every name of a circle, instead of the first three of each arrow

Before it looks at anything it tries its rules on small made-up trees.
"""
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from swift_code import code_only

ROOT = Path(__file__).resolve().parents[2]

WORD = r"[^\W\d]\w*"
DECLARATION = re.compile(rf"\b(struct|class|enum|actor|protocol|typealias|associatedtype|extension|func|macro)\s+`?({WORD}(?:\.{WORD})*)`?")
TOKEN = re.compile(rf"[{{}}]|{DECLARATION.pattern}")
NAME = re.compile(rf"(?<![\w`])({WORD})")
HIDDEN = re.compile(r"\b(?:private|fileprivate)\b(?!\()")
GENERIC = re.compile(rf"\b(?:struct|class|enum|actor|func|init|subscript|typealias)\b\s*[^\s(<]*\s*<([^(){{]*?)>\s*[({{:=w]")
IMPORT = re.compile(rf"^[ \t]*(?:@\w+\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|protocol|func)\s+)?"
                    rf"({WORD})", re.MULTILINE)


@dataclass
class File:
    path: Path
    folder: tuple  # the names of the folders from the target down
    declares: dict = field(default_factory=dict)  # top-level name: its kind
    hidden: set = field(default_factory=set)  # those that no other file sees
    nested: dict = field(default_factory=lambda: defaultdict(set))  # parent: names declared within it
    parents: set = field(default_factory=set)  # types whose insides are written here
    methods: set = field(default_factory=set)
    generics: set = field(default_factory=set)
    names: dict = field(default_factory=dict)  # name, or "Parent.Nested": the first line that has it
    imports: set = field(default_factory=set)


def read(path, folder, text):
    file = File(path, folder)
    code = code_only(text, interpolations=True)
    file.imports.update(IMPORT.findall(code))
    code = IMPORT.sub(lambda match: " " * len(match.group()), code)
    read_declarations(file, code)
    for found in GENERIC.finditer(code):
        for one in found.group(1).split(","):
            file.generics.add(one.replace("each ", "").split(":")[0].strip())
    read_names(file, code)
    return file


def read_declarations(file, code):
    """Walks along braces: what stands outside of all is top-level, what stands within a type is nested."""
    stack, waiting = [], None  # a declaration waits for its opening brace
    last_end = 0
    for token in TOKEN.finditer(code):
        if token.group() == "{":
            stack.append(waiting)
            waiting, last_end = None, token.end()
            continue
        if token.group() == "}":
            if stack:
                stack.pop()
            waiting, last_end = None, token.end()
            continue
        kind, name = token.group(1), token.group(2)
        if kind == "class" and name in ("func", "var", "let", "subscript"):
            continue
        parent = next((one for one in reversed(stack) if one), None)
        line_start = code.rfind("\n", 0, token.start()) + 1
        is_hidden = bool(HIDDEN.search(code[max(line_start, last_end):token.start()]))
        if kind == "extension":
            file.parents.add(name.split(".")[0])
            waiting = name.split(".")[0]
        elif kind in ("func", "macro"):
            if not stack:
                declare(file, name, kind, is_hidden)
            else:
                file.methods.add(name)
        else:
            if not stack:
                declare(file, name, kind, is_hidden)
                file.parents.add(name)
            elif parent:
                file.nested[parent].add(name)
            if kind not in ("typealias", "associatedtype"):
                # What is nested deeper counts as nested in the outermost type.
                waiting = parent or name
        last_end = token.end()


def declare(file, name, kind, is_hidden):
    file.declares[name] = kind
    if is_hidden:
        file.hidden.add(name)


def read_names(file, code):
    for number, line in enumerate(code.split("\n"), 1):
        for found in NAME.finditer(line):
            before = line[:found.start()].rstrip()
            after = line[found.end():]
            name = found.group(1)
            if before.endswith(".") and not before.endswith(".."):
                owner = re.search(rf"(?<![\w.])({WORD})\s*\.$", before)
                if owner:
                    file.names.setdefault(f"{owner.group(1)}.{name}", number)
                continue
            if re.search(r"\bfunc$", before):
                continue
            file.names.setdefault(name, number)
            if after.startswith("("):
                file.names.setdefault(name + "(", number)


@dataclass
class Arrow:
    """Why one folder depends on another: name, the file and line that have it, the file that declares it."""

    uses: list = field(default_factory=list)

    def count(self):
        return len({name for name, *_ in self.uses})


def uses_of(files, target):
    """(name, file, line, declaring file) for each use of a declaration of another file of the target."""
    owners, inner = defaultdict(list), defaultdict(list)
    for file in files:
        for name in file.declares:
            if name not in file.hidden:
                owners[name].append(file)
        for parent, names in file.nested.items():
            for name in names:
                inner[f"{parent}.{name}"].append(file)
    nested = defaultdict(set)
    for file in files:
        for parent, names in file.nested.items():
            nested[parent] |= names
    methods = defaultdict(set)
    for file in files:
        methods[file.folder] |= file.methods
    for file in files:
        own = set(file.declares) | file.generics
        for parent in file.parents:
            own |= nested[parent]
        for name, line in file.names.items():
            first, _, second = name.partition(".")
            if second:
                if first == target and second in owners:
                    yield from ((second, file, line, other) for other in owners[second])
                elif name in inner and first not in own - file.parents:
                    yield from ((name, file, line, other) for other in inner[name])
                continue
            is_call = name.endswith("(")
            plain = name.rstrip("(")
            if plain in own or plain not in owners:
                continue
            for other in owners[plain]:
                is_function = other.declares[plain] in ("func", "macro")
                if is_function and (not is_call or plain in methods[file.folder]):
                    continue
                if not is_function and is_call:
                    continue  # the same name without the bracket says it
                yield plain, file, line, other


def arrows_of(files, target):
    """{folder: {(child, child): Arrow}}: for each folder the arrows between its children."""
    levels = defaultdict(lambda: defaultdict(Arrow))
    for name, file, line, other in uses_of(files, target):
        a, b = file.folder, other.folder
        if a == b:
            continue
        depth = next((at for at, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        child_a = a[depth] if depth < len(a) else "."
        child_b = b[depth] if depth < len(b) else "."
        levels[a[:depth]][child_a, child_b].uses.append((name, file, line, other))
    return levels


def circles(arrows):
    """The sets of more than one folder that can reach each other."""
    reach = defaultdict(set)
    for a, b in arrows:
        reach[a].add(b)
    nodes = {node for arrow in arrows for node in arrow}
    for middle in nodes:
        for node in nodes:
            if middle in reach[node]:
                reach[node] |= reach[middle]
    found = {frozenset({node} | {other for other in reach[node] if node in reach[other]}) for node in nodes}
    return sorted((one for one in found if len(one) > 1), key=sorted)


def read_target(directory):
    files = []
    for path in sorted(directory.rglob("*.swift")):
        files.append(read(path, path.relative_to(directory).parts[:-1], path.read_text()))
    return files


def findings_of(files, target, directory, show_all):
    for place, arrows in sorted(arrows_of(files, target).items()):
        for circle in circles(arrows):
            where = "/".join((target, *place))
            lines = [f"{where}: {len(circle)} folders depend on each other: {', '.join(sorted(circle))}"]
            inner = {pair: arrow for pair, arrow in arrows.items() if set(pair) <= circle}
            for (a, b), arrow in sorted(inner.items(), key=lambda one: (one[1].count(), one[0])):
                lines.append(f"    {a} -> {b}: {arrow.count()} name{'s' if arrow.count() > 1 else ''}")
                shown = {}
                for name, file, line, other in arrow.uses:
                    shown.setdefault(name, (file, line, other))
                for name, (file, line, other) in list(sorted(shown.items()))[:None if show_all else 3]:
                    lines.append(f"        {file.path.relative_to(directory)}:{line} names '{name}' of"
                                 f" {other.path.relative_to(directory)}")
            yield "\n".join(lines)


def print_tree(files, target):
    print(target)
    levels = arrows_of(files, target)
    places = {file.folder[:depth] for file in files for depth in range(len(file.folder) + 1)}
    for place in sorted(places):
        children = {file.folder[len(place)] if len(file.folder) > len(place) else "."
                    for file in files if file.folder[:len(place)] == place}
        if len(children) < 2:
            continue
        indent = "    " * (len(place) + 1)
        if place:
            print(f"{'    ' * len(place)}{'/'.join(place)}/")
        for child in order(children, levels[place]):
            targets = sorted((b, arrow.count()) for (a, b), arrow in levels[place].items() if a == child)
            print(f"{indent}{child} -> {', '.join(f'{b} {count}' for b, count in targets) or 'nothing'}")


def order(children, arrows):
    """Users before what they use, as far as there is such an order."""
    left, result = set(children), []
    while left:
        free = [one for one in left if not any(b == one and a in left and a != one for a, b in arrows)]
        if not free:
            free = [min(left, key=lambda one: (sum(b == one and a in left for a, b in arrows), one))]
        result += sorted(free)
        left -= set(free)
    return result


# ------------------------------------------------------------------------------------------------------------- Package.swift


def declared_targets(text):
    """{target: names of its dependencies within the package}, of the targets that lie in Sources."""
    code = re.sub(r"//[^\n]*", "", text)
    targets = {}
    for found in re.finditer(r"\.(?:executableTarget|target|systemLibrary)\(\s*name:\s*\"(\w+)\"", code):
        depth, end = 1, found.end()
        while depth and end < len(code):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        body = code[found.end():end]
        if re.search(r"\bpath:", body):
            continue
        listed = re.search(r"dependencies:\s*\[(.*?)\](?=\s*[,)])", body, re.DOTALL)
        # A product of a package is named after its module.
        own = re.sub(r'\.product\(name:\s*("\w+")[^)]*\)', r"\1", listed.group(1)) if listed else ""
        targets[found.group(1)] = set(re.findall(r'"(\w+)"', own))
    return targets


def import_findings(targets, imports):
    """`imports`: {target: {module: a file that imports it}}."""
    for target, modules in sorted(imports.items()):
        if target not in targets:
            yield f"{target}: is a folder of Sources, and no target of Package.swift"
            continue
        for module, path in sorted(modules.items()):
            if module in targets and module != target and module not in targets[target]:
                yield f"{path}: imports '{module}', which is no dependency of '{target}' in Package.swift"
        for module in sorted(targets[target] - set(modules)):
            yield f"Package.swift: '{target}' depends on '{module}', and no file of it imports that; take it out"


# ------------------------------------------------------------------------------------------------------------- its own tests

CIRCLES = [
    ("a type each way", {"A/a.swift": "struct Alpha { let b: Beta }", "B/b.swift": "enum Beta { static let a = Alpha() }"}, {"A", "B"}),
    ("a circle of three", {"A/a.swift": "class A1 { var b: B1? }", "B/b.swift": "actor B1 { func f() -> C1 }",
                           "C/c.swift": "protocol C1 { var a: A1 { get } }"}, {"A", "B", "C"}),
    ("with the files of the root", {"r.swift": "struct Root { let a: A1 }", "A/a.swift": "typealias A1 = [Root]"}, {".", "A"}),
    ("an extension elsewhere", {"A/a.swift": "struct A1 { let b: B1 }", "B/b.swift": "struct B1 {}\nextension A1 { }"}, {"A", "B"}),
    ("a free function", {"A/a.swift": "func make() -> Int { 1 }\nlet x = B1()", "B/b.swift": "struct B1 { let n = make() }"}, {"A", "B"}),
    ("within an interpolation", {"A/a.swift": 'let t = "x \\(B1.text)"; struct A1 {}', "B/b.swift": "enum B1 { let a = A1() }"}, {"A", "B"}),
    ("by the module's name", {"A/a.swift": "struct A1 { let b: Made.B1 }", "B/b.swift": "struct B1 { let a: A1 }"}, {"A", "B"}),
    ("a nested type of an extension", {"A/a.swift": "struct A1 {}\nlet k: A1.Kind = .x", "B/b.swift": "extension A1 { enum Kind { case x } }"},
     {"A", "B"}),
    ("between grandchildren", {"A/X/a.swift": "struct A1 { let b: B1 }", "B/Y/b.swift": "struct B1 {}", "B/Z/c.swift": "struct C1 { let a: A2 }",
                               "A/W/d.swift": "struct A2 {}"}, {"A", "B"}),
    ("deeper down", {"A/X/a.swift": "struct A1 { let b: B1 }", "A/Y/b.swift": "struct B1 { let a: A1 }"}, {"X", "Y"}),
    ("with attributes", {"A/a.swift": "@MainActor public final class A1: B1 {}", "B/b.swift": "package protocol B1 { associatedtype T: A1 }"},
     {"A", "B"}),
]
TREES = [
    ("one way", {"A/a.swift": "struct A1 { let b: B1 }", "B/b.swift": "struct B1 {}"}),
    ("in comments and strings", {"A/a.swift": "struct A1 { let b: B1 }",
                                 "B/b.swift": '// A1\n/* A1 /* A1 */ A1 */ struct B1 { let t = "A1", u = """\n A1 "quoted" \n""" , v = #"A1 \\(A1)"# }'}),
    ("a member of that name", {"A/a.swift": "struct A1 { let b: B1 }; func make() {}", "B/b.swift": "struct B1 { let x = y.A1; func f() { z.make() } }"}),
    ("a private one", {"A/a.swift": "struct A1 { let b: B1 }; private struct Own {}", "B/b.swift": "struct B1 { let o: Own }; fileprivate struct Own {}"}),
    ("a nested one of that name", {"A/a.swift": "enum Kind { case a(B1) }", "B/b.swift": "struct B1 { enum Kind { case x }\n let k: Kind }"}),
    ("of its own extension", {"A/a.swift": "enum Kind { case a(B1) }", "B/b.swift": "struct B1 { let k: Kind }",
                              "B/c.swift": "extension B1 { enum Kind { case x } }"}),
    ("a generic parameter", {"A/a.swift": "protocol Store { var b: B1<Int> { get } }", "B/b.swift": "struct B1<Store: Sendable> { let s: Store }"}),
    ("a method of that name", {"A/a.swift": "func make() { B1() }", "B/b.swift": "struct B1 { func make() {}\n func g() { make() } }"}),
    ("an import", {"A/a.swift": "struct Other { let b: B1 }", "B/b.swift": "import Other\nstruct B1 {}"}),
    ("a method named as a type", {"A/a.swift": "struct A1 { let b: B1 }\nstruct run {}", "B/b.swift": "struct B1 { func run() {} }"}),
]
PACKAGE = '''
let package = Package(targets: [
    // .target(name: "Comment", dependencies: ["B"]),
    .target(name: "A", dependencies: ["B", .product(name: "Log", package: "log")], swiftSettings: s),
    .target(name: "B", dependencies: [
        "C",
    ]),
    .target(name: "C"), .executableTarget(name: "T", dependencies: ["A"], path: "Tests/T"),
])
'''


def made_up(tree):
    return [read(Path(name), tuple(name.split("/")[:-1]), text) for name, text in tree.items()]


def check_rules():
    for what, tree, expected in CIRCLES:
        files = made_up(tree)
        found = [set(circle) for arrows in arrows_of(files, "Made").values() for circle in circles(arrows)]
        if found != [expected]:
            sys.exit(f"check_rooms: its own test '{what}': expected the circle {sorted(expected)}, found {found}")
        text = "\n".join(findings_of(files, "Made", Path(), True))
        if not all(f"{one} -> " in text for one in expected) or " names '" not in text:
            sys.exit(f"check_rooms: its own test '{what}': the finding does not name its arrows: {text}")
    for what, tree in TREES:
        text = "\n".join(findings_of(made_up(tree), "Made", Path(), True))
        if text:
            sys.exit(f"check_rooms: its own test '{what}': finds what is not a circle:\n{text}")
    targets = declared_targets(PACKAGE)
    if targets != {"A": {"B", "Log"}, "B": {"C"}, "C": set()}:
        sys.exit(f"check_rooms: its own test of Package.swift: {targets}")
    for imports, expected in (
            ({"A": {"B": "a", "Log": "a"}, "B": {"C": "b"}}, 0), ({"A": {"B": "a", "Log": "a", "C": "a"}}, 1),
            ({"A": {"B": "a"}}, 1), ({"A": {}}, 2), ({"D": {}}, 1)):
        found = list(import_findings(targets, imports))
        if len(found) != expected:
            sys.exit(f"check_rooms: its own test of imports: {imports}: expected {expected} findings, found {found}")


def main():
    options = {one for one in sys.argv[1:] if one.startswith("-")}
    if options - {"--tree", "--all"}:
        sys.exit(__doc__)
    check_rules()
    sources = Path(next((one for one in sys.argv[1:] if not one.startswith("-")), ROOT / "Sources")).resolve()
    package = sources.parent / "Package.swift"
    findings, imports, folders = [], {}, 0
    for directory in sorted(one for one in sources.iterdir() if one.is_dir()):
        files = read_target(directory)
        if not files:
            continue
        folders += len({file.folder for file in files})
        if "--tree" in options:
            print_tree(files, directory.name)
        findings += findings_of(files, directory.name, directory, "--all" in options)
        imports[directory.name] = {
            module: file.path.relative_to(sources.parent) for file in reversed(files) for module in file.imports}
    if package.exists():
        findings += import_findings(declared_targets(package.read_text()), imports)
    for finding in findings:
        print(finding)
    print(f"{len(imports)} targets, {folders} folders: {f'{len(findings)} findings' if findings else 'no circle'}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
