"""Swift source without its comments and strings, for the checks that read code with regular expressions."""
import re

_START = re.compile(r'//|/\*|#*"(?:"")?')
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_NOT_NEWLINE = re.compile(r"[^\n]")
_PARENTHESIS = re.compile(r'[()]|//|/\*|#*"(?:"")?')


def code_only(text, interpolations=False):
    """The text with comments and the insides of strings blanked; every line keeps its number and length.

    With `interpolations`, the code within `\\(…)` of a string stays.
    """
    out, at = [], 0
    while at < len(text):
        found = _START.search(text, at)
        if not found:
            out.append(text[at:])
            break
        out.append(text[at:found.start()])
        at = _skip(text, found, out, interpolations)
    return "".join(out)


def _skip(text, found, out, interpolations):
    """Appends what replaces the comment or string that `found` opens; returns where it ends."""
    opening = found.group()
    if opening == "//":
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
    elif opening == "/*":
        depth, end = 1, found.end()
        while depth and (edge := _COMMENT_EDGE.search(text, end)):
            depth, end = depth + (1 if edge.group() == "/*" else -1), edge.end()
        end = len(text) if depth else end
    else:
        return _skip_string(text, found, out, interpolations)
    out.append(_blank(text[found.start():end]))
    return end


def _skip_string(text, found, out, interpolations):
    hashes = found.group().rstrip('"')
    quote = found.group()[len(hashes):]
    stop = re.compile(f'{re.escape(chr(92) + hashes)}(\\(|.)|{quote}{hashes}' + ("" if len(quote) == 3 else "|\n"), re.DOTALL)
    out.append('"' + " " * (len(found.group()) - 1))
    at = found.end()
    while mark := stop.search(text, at):
        out.append(_blank(text[at:mark.start()]))
        at = mark.end()
        if mark.group(1) == "(":
            inside = []
            end = _end_of_parentheses(text, at, inside, interpolations)
            out.append(" " * len(mark.group()))
            out.append("".join(inside) if interpolations else _blank(text[at:end]))
            at = end
        elif mark.group(1) is not None:
            out.append(_blank(mark.group()))
        elif mark.group() == "\n":
            out.append("\n")  # a string that is not closed: the rest of the file is code again
            return at
        else:
            out.append(" " * (len(mark.group()) - 1) + '"')
            return at
    out.append(_blank(text[at:]))
    return len(text)


def _end_of_parentheses(text, at, out, interpolations):
    depth = 1
    while mark := _PARENTHESIS.search(text, at):
        out.append(text[at:mark.start()])
        if mark.group() in "()":
            depth += 1 if mark.group() == "(" else -1
            at = mark.end()
            out.append(mark.group() if depth else " ")
            if not depth:
                return at
        else:
            at = _skip(text, mark, out, interpolations)
    return len(text)


def _blank(text):
    return _NOT_NEWLINE.sub(" ", text)
