"""A hook of mkdocs: links that leave docs/ (sources, samples, CHANGELOG) are shown as text, for the site does not hold them.

scripts/lib/check_docs.py checks beforehand that their targets exist in the repository.
"""

import posixpath
import re

LINK = re.compile(r"\[([^\]]+)\]\(((?!https?:)[^)#\s]*)(#[^)\s]*)?\)")
FENCE = re.compile(r"^(```.*?^```)", re.M | re.S)


def on_page_markdown(markdown, page, **_):
    folder = posixpath.dirname(page.file.src_uri)

    def shown(found):
        target = posixpath.normpath(posixpath.join(folder, found[2])) if found[2] else ""
        if not target.startswith(".."):
            return found[0]
        path = re.sub(r"^(\.\./)+", "", target)
        return found[1] if found[1].strip("`") == path else f"{found[1]} (`{path}`)"

    parts = FENCE.split(markdown)
    return "".join(part if part.startswith("```") else LINK.sub(shown, part) for part in parts)
