#!/usr/bin/env python3
"""The console's pages in a real browser, on a real gateway and real servers.

A posting fails and the banner comes within two seconds, the queue is created and it goes; a dead letter is edited and replayed
until its record is in MongoDB; hostile texts are shown and not run; log-in, language, keyboard, settings; events.

usage: check_console.py GATEWAY [PICTURES]     (RABBITMQ_URI and MONGODB_URI name the servers; PICTURES: a directory for
screenshots; CHROMIUM: the browser, /usr/bin/chromium by default)
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

import pika
import pymongo
from playwright.sync_api import expect, sync_playwright

OPERATOR = "operator-token-0123456789"
VIEWER = "viewer-token-0123456789"
HOSTILE = [
    "<script>window.hit = 1</script>",
    "\"><img src=x onerror=\"window.hit = 2\">",
    "'><svg/onload=window.hit=3>",
    "javascript:window.hit=4",
    "</textarea><script>window.hit = 5</script>",
    "<iframe srcdoc='<script>parent.hit=6</script>'>",
    "{{constructor.constructor('window.hit=7')()}}",
    "\u202egnp.exe\u2066\u2069\ufeff",
    "<a href=\"javascript:window.hit=8\">x</a>",
    "<style>*{display:none}</style>",
    "&lt;script&gt;window.hit=9&lt;/script&gt;",
    "\\u003cscript\\u003ewindow.hit=10\\u003c/script\\u003e",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=11>",
    "\u00e9\u0301 \u6f22\u5b57 \U0001f600 \u0000".replace("\u0000", ""),
]


class Gateway:
    """One `gateway run`, with a database and queues of its own."""

    def __init__(self, path, more):
        self.name = "console-" + uuid.uuid4().hex[:12]
        self.queue, self.engines = self.name + ".catalog", self.name + ".engines"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.directory = tempfile.TemporaryDirectory()
        self.log = open(pathlib.Path(self.directory.name, "log"), "w+")
        settings = {
            "RABBITMQ_URI": os.environ["RABBITMQ_URI"], "MONGODB_URI": os.environ["MONGODB_URI"],
            "MONGODB_DATABASE": self.name, "RABBITMQ_ENDPOINT_NAME": self.queue, "CONSOLE_PORT": str(self.port),
            "RABBITMQ_PRODUCER_INTERVAL": "1h", "PATH": os.environ["PATH"], **more,
        }
        self.process = subprocess.Popen(
            [path, "run"], cwd=self.directory.name, env=settings, stdout=self.log, stderr=self.log)
        self.store = pymongo.MongoClient(os.environ["MONGODB_URI"])
        self.database = self.store[self.name]
        self.broker = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"])).channel()
        self.url = f"http://127.0.0.1:{self.port}"
        wait("the gateway is ready", self.is_ready)

    def is_ready(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the gateway ended:\n{self.text()}")
        try:
            return urllib.request.urlopen(self.url + "/readyz", timeout=2).status == 200
        except OSError:
            return False

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def send(self, body):
        self.broker.basic_publish("", self.queue, body.encode(), pika.BasicProperties(message_id=uuid.uuid4().hex))

    def close(self):
        self.process.terminate()
        code = self.process.wait(20)
        self.store.drop_database(self.name)
        for queue in (self.queue, self.engines):
            self.broker.queue_delete(queue)
        self.broker.connection.close()
        self.directory.cleanup()
        assert code == 0, f"the gateway ended with {code}, a page being open"


def wait(what, is_so, limit=30.0):
    end = time.monotonic() + limit
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"waited {limit} s in vain: {what}")
        time.sleep(0.02)


def say(words):
    print("ok  " + words, flush=True)


def check_banner(gateway, page, picture):
    page.goto(gateway.url + "/#/feeds")
    row = page.locator("tr", has_text="engine-status")
    expect(row).to_be_visible()
    banner = page.locator("#banner")
    wait("the banner is gone while all is well", lambda: not banner.is_visible())
    gateway.broker.queue_delete(gateway.engines)
    row.get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    failed = gateway.database["gateway.postings"]
    wait("a posting failed", lambda: failed.count_documents({}) > 0)
    began = time.monotonic()
    expect(banner).to_be_visible(timeout=5000)
    expect(banner).to_contain_text("no queue")
    took = time.monotonic() - began
    assert took < 2, f"the banner took {took:.2f} s"
    picture(page, "banner")
    say(f"a posting failed, and the banner was there after {took:.2f} s")
    page.goto(gateway.url + "/#/postings")
    expect(page.locator("tr", has_text="engine-status")).to_contain_text("no queue")
    picture(page, "postings")
    gateway.broker.queue_declare(gateway.engines, durable=True)
    page.get_by_role("button", name="Try again").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    wait("the posting went out", lambda: failed.count_documents({}) == 0)
    began = time.monotonic()
    expect(banner).to_be_hidden(timeout=5000)
    say(f"the queue was created, and the banner went by itself {time.monotonic() - began:.2f} s after the posting")


def check_letter(gateway, page, picture):
    gateway.send(json.dumps({
        "companyId": "napse", "catalog": "catalogBrand",
        "items": [{"operation": "I", "code": "good", "name": "Good"}, {"operation": "I", "code": "bad", "price": 1.10}],
    }))
    page.goto(gateway.url + "/#/dead-letters")
    page.locator("a", has_text="Show").last.wait_for()
    letters = page.locator("a[href^='#/dead-letters/']")
    expect(letters).to_have_count(1)
    letters.click()
    expect(page.locator("pre mark")).to_contain_text('"code": "bad"')
    picture(page, "letter")
    page.get_by_role("button", name="Edit").click()
    area, check = page.locator("textarea"), page.locator("#check")
    text = area.input_value()
    expect(check).to_contain_text("valid JSON")
    area.fill(text.replace('"code": "bad",', '"code": "bad"'))
    expect(check).to_contain_text("no JSON")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    picture(page, "edit")
    area.fill(text.replace('"code": "bad",', '"code": "bad", "name": "Mended",'))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("pre")).to_contain_text("Mended")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.locator("#notice")).to_contain_text("#r1")
    wait("the record is in MongoDB", lambda: gateway.database["brand"].find_one({"_id": "napse|bad"}) is not None)
    assert gateway.database["brand"].find_one({"_id": "napse|bad"})["name"] == "Mended"
    who = [row["who"] for row in gateway.database["gateway.audit"].find({"action": {"$regex": "dead-letters"}})]
    assert len(who) == 2 and all("operator session" in one and "127.0.0.1" in one for one in who), who
    say("a dead letter was shown with its place, mended, replayed, and is a record; the audit names the session")


def check_hostile(gateway, page, picture):
    for text in HOSTILE:
        gateway.send(json.dumps({
            "companyId": text, "catalog": "catalogBrand",
            "items": [{"operation": "I", "code": text, text: text, "name": 7}],
        }))
        gateway.send(text)
    letters = gateway.database["gateway.deadLetters"]
    wait("all are dead letters", lambda: letters.count_documents({"state": "open"}) == 2 * len(HOSTILE))
    page.goto(gateway.url + "/#/dead-letters")
    wait("all are shown", lambda: page.locator("a[href^='#/dead-letters/']").count() == 2 * len(HOSTILE))
    picture(page, "hostile-list")
    for letter in letters.find({"state": "open"}, {"_id": 1}):
        page.goto(f"{gateway.url}/#/dead-letters/{letter['_id']}")
        page.locator("pre").wait_for()
        expect(page.locator("dd", has_text=letter["_id"])).to_be_visible()
        page.get_by_role("button", name="Edit").click()
        page.locator("textarea").wait_for()
    assert page.evaluate("window.hit") is None, "a hostile text ran"
    assert page.locator("iframe, main img, main script, main style").count() == 0
    page.goto(gateway.url + "/#/dead-letters?code=schema")
    page.get_by_role("button", name="Discard all").first.click()
    page.get_by_role("dialog").get_by_label("Why?").fill("<b>test</b>")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    wait("that group is discarded", lambda: letters.count_documents({"state": "open", "reasons.code": "schema"}) == 0)
    say(f"{2 * len(HOSTILE)} hostile messages were shown, and none ran; a group of them was discarded")


def check_settings(gateway, page, picture):
    page.goto(gateway.url + "/#/settings")
    page.get_by_role("button", name="Change lanes").click()
    page.get_by_role("dialog").get_by_label("New value").fill("3")
    page.keyboard.press("Enter")
    row = page.locator("tr", has=page.locator("strong", has_text="lanes"))
    expect(row).to_contain_text("configuration 'lanes'")
    assert gateway.database["configuration"].find_one({"_id": "lanes"})["value"] == 3
    picture(page, "settings")
    say("a setting was changed with the keyboard, and stands in the collection")


def check_keyboard_and_language(gateway, page, picture):
    page.goto(gateway.url + "/#/overview")
    page.reload()
    page.locator("nav a").first.wait_for()
    for _ in range(12):
        if page.evaluate("document.activeElement.dataset.page") == "catalogs":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Catalogs")
    page.locator("summary").first.press("Enter")
    expect(page.locator("details[open] table")).to_be_visible()
    for name in ["overview", "feeds", "engines", "catalogs", "mappings"]:
        page.goto(f"{gateway.url}/#/{name}")
        page.locator("main table, main details").first.wait_for()
        picture(page, name)
    page.get_by_role("button", name="Español").click()
    expect(page.locator("nav a").first).to_have_text("Resumen")
    page.reload()
    expect(page.locator("nav a").first).to_have_text("Resumen")
    page.get_by_role("button", name="English").click()
    expect(page.locator("nav a").first).to_have_text("Overview")
    say("pages open from the keyboard; the language is kept")


class Stream:
    """`/api/events` as a program reads it."""

    def __init__(self, gateway, topics, last=None):
        request = urllib.request.Request(f"{gateway.url}/api/events?topics={topics}", headers={
            "Authorization": "Bearer " + VIEWER, **({"Last-Event-ID": last} if last else {})})
        self.answer = urllib.request.urlopen(request, timeout=10)

    def next(self):
        """The next event: its id, topic and data."""
        event = {}
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif "event" in event:
                return event.get("id"), event["event"], json.loads(event["data"])
            else:
                event = {}


def check_events(gateway):
    brand = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"IU","code":"%s","name":"N"}]}'
    stream = Stream(gateway, "status,outcomes")
    assert stream.next()[1] == "status", "a stream begins with the status"

    def inserted(stream):
        while True:
            number, topic, data = stream.next()
            if topic == "outcomes" and "inserted" in data["items"]:
                return number, data["items"]["inserted"]

    gateway.send(brand % "first")
    last, count = inserted(stream)
    assert count == 1
    stream.answer.close()
    gateway.send(brand % "second")
    wait("it is stored", lambda: gateway.database["brand"].find_one({"_id": "napse|second"}) is not None)
    gateway.send(brand % "third")
    again = Stream(gateway, "outcomes", last)
    total = 0
    while total < 2:
        total += inserted(again)[1]
    assert total == 2, f"{total} items told, 2 were missed"
    other = Stream(gateway, "status", "0-" + last.split("-")[1])
    assert [other.next()[1], other.next()[1]] == ["gap", "status"], "of another run: a gap is told, and it begins anew"
    for one in (again, other):
        one.answer.close()
    say("a stream of events that was cut goes on where it was, and tells nothing twice")


def check_socket(gateway, page):
    """A WebSocket from the console's own page, which has nothing but its cookie, and from a page of another origin."""
    script = """address => new Promise(done => {
        const socket = new WebSocket(address);
        socket.onopen = () => socket.send('{"type":"subscribe","topic":"status"}');
        socket.onmessage = event => JSON.parse(event.data).type === "event" && done("told");
        socket.onclose = event => done("closed " + event.code);
    })"""
    address = gateway.url.replace("http", "ws") + "/ws"
    assert page.evaluate(script, address) == "told", "the console's own page cannot follow"
    foreign = page.context.new_page()
    foreign.goto("about:blank")
    told = foreign.evaluate(script, address)
    assert told == "closed 1006", f"a foreign page: {told}"
    foreign.close()
    say("the console's own page may open a WebSocket, a foreign page may not")


def log_in(gateway, page, token, picture=None):
    page.goto(gateway.url + "/")
    page.get_by_label("Token").fill("a-wrong-token-0123456789")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").last).to_contain_text("none of this console's")
    if picture:
        picture(page, "login")
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")
    expect(page.locator("nav a").first).to_be_visible()


def main():
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None

    def picture(page, name):
        if pictures:
            page.screenshot(path=pictures / f"{name}.png")

    gateway = None
    problems = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        try:
            gateway = Gateway(sys.argv[1], {
                "CONSOLE_OPERATOR_TOKEN": OPERATOR, "CONSOLE_VIEWER_TOKEN": VIEWER,
            })
            # The setting that names the queue comes last: its feed must not run before the test wants it.
            gateway.broker.queue_declare(gateway.engines, durable=True)
            gateway.database["configuration"].insert_one(
                {"_id": "rabbitMQ.enginestatus.endpointName", "value": gateway.engines})
            wait("the feed is known", lambda: gateway.database["gateway.feeds"].count_documents({"collection": "engine"}) == 1)
            context = browser.new_context(locale="en-US")
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(f"error on the page: {error}"))
            page.on("dialog", lambda dialog: (problems.append(f"a dialog opened: {dialog.message}"), dialog.dismiss()))
            # A policy that refuses something says so here; a request that fails (401, a closed stream) does as well.
            page.on("console", lambda message: problems.append(message.text)
                    if message.type == "error" and "Failed to load resource" not in message.text else None)
            log_in(gateway, page, OPERATOR, picture)
            say("a wrong token is refused, the right one opens the console")
            check_banner(gateway, page, picture)
            check_letter(gateway, page, picture)
            check_hostile(gateway, page, picture)
            check_events(gateway)
            check_socket(gateway, page)
            check_settings(gateway, page, picture)
            check_keyboard_and_language(gateway, page, picture)
            looker = browser.new_context(locale="en-US", color_scheme="dark").new_page()
            log_in(gateway, looker, VIEWER)
            looker.goto(gateway.url + "/#/settings")
            looker.locator("main table").wait_for()
            assert looker.get_by_role("button", name="Change").count() == 0
            picture(looker, "viewer")
            looker.get_by_role("button", name="Log out").click()
            expect(looker.get_by_label("Token")).to_be_visible()
            say("a viewer sees no button that changes something, and logs out")
            assert not problems, "\n".join(problems)
            # The page stays open: its stream must not hold up the end.
            gateway.close()
            gateway = None
            expect(page.locator("#banner")).to_contain_text("connection", timeout=6000)
            say("the gateway ends in good order with a page open, and the page says so")
        finally:
            if gateway:
                print(gateway.text()[-3000:], file=sys.stderr)
                gateway.process.kill()
            browser.close()


main()
