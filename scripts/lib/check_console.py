#!/usr/bin/env python3
"""The console's pages in a real browser, on a real gateway and real servers.

A posting fails and the banner comes within two seconds, the queue is created and it goes; a dead letter is edited, checked
while it is written, and replayed until its record is in MongoDB; many are replayed, one first; more than 515 hostile texts are shown
and not run; log-in, language, keyboard, settings, records; events; a page whose session or gateway ends.

usage: check_console.py GATEWAY [PICTURES]     (RABBITMQ_URI and MONGODB_URI name the servers; PICTURES: a directory for
screenshots; CHROMIUM: the browser, /usr/bin/chromium by default)
"""

import json
import os
import pathlib
import re
import shutil
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

import hostile_texts

OPERATOR = "operator-token-0123456789"
VIEWER = "viewer-token-0123456789"

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
        self.path, self.settings = path, {
            "RABBITMQ_URI": os.environ["RABBITMQ_URI"], "MONGODB_URI": os.environ["MONGODB_URI"],
            "MONGODB_DATABASE": self.name, "RABBITMQ_ENDPOINT_NAME": self.queue, "CONSOLE_PORT": str(self.port),
            "RABBITMQ_PRODUCER_INTERVAL": "1h", "PATH": os.environ["PATH"], **more,
        }
        shipped = pathlib.Path(__file__).parents[2] / "mappings"
        self.mappings = pathlib.Path(self.directory.name, "mappings")
        shutil.copytree(shipped, self.mappings, ignore=shutil.ignore_patterns("examples"))
        self.settings["MAPPINGS_DIRECTORY"] = "mappings"
        self.start()
        self.store = pymongo.MongoClient(os.environ["MONGODB_URI"])
        self.database = self.store[self.name]
        parameters = pika.URLParameters(os.environ["RABBITMQ_URI"])
        # Nobody answers heartbeats while the pages are looked at.
        parameters.heartbeat = 0
        self.broker = pika.BlockingConnection(parameters).channel()
        self.url = f"http://127.0.0.1:{self.port}"
        wait("the gateway is ready", self.is_ready)

    def start(self):
        self.process = subprocess.Popen(
            [self.path, "run"], cwd=self.directory.name, env=self.settings, stdout=self.log, stderr=self.log)

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

    def send(self, body, message_id=None):
        self.broker.basic_publish(
            "", self.queue, body.encode(), pika.BasicProperties(message_id=message_id or uuid.uuid4().hex))

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
    expect(check).to_contain_text("1 finding")
    expect(page.locator(".findings")).to_contain_text("is missing")
    area.fill(text.replace('"code": "bad",', '"code": "bad"'))
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    expect(check).to_contain_text(re.compile(r"no JSON: .*line 8, column 7"))
    expect(page.locator(".behind mark")).to_have_text('"')
    picture(page, "edit-broken")
    area.fill(text.replace('"code": "bad",', '"code": "bad", "name": ["\U0001f600"],'))
    expect(page.locator(".findings button")).to_contain_text("/items/0/name")
    expect(page.locator(".behind mark")).to_have_text('["\U0001f600"]')
    picture(page, "edit")
    page.locator(".findings button").press("Enter")
    assert page.evaluate("document.activeElement.value.slice(document.activeElement.selectionStart,"
                         " document.activeElement.selectionEnd)") == '["\U0001f600"]', "the finding's place is not selected"
    area.fill(text.replace('"code": "bad",', '"code": "bad", "name": "Mended",'))
    expect(check).to_contain_text("the route takes it")
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


def check_many(gateway, page, picture):
    """Letters of a group sent again: one first, stopped where it fails, the rest at a rate where it does not."""
    letters = gateway.database["gateway.deadLetters"]
    for number in range(6):
        gateway.send(json.dumps({
            "companyId": "napse", "catalog": "catalogZone", "items": [{"operation": "U", "code": f"z{number}", "name": "N"}]}))
    group = {"state": "open", "catalog": "catalogZone"}
    wait("six letters", lambda: letters.count_documents(group) == 6)
    page.goto(gateway.url + "/#/dead-letters?catalog=catalogZone")
    row = page.locator("tr", has=page.locator("strong", has_text="notFound")).filter(has_text="Replay all")
    dialog = page.get_by_role("dialog")
    row.get_by_role("button", name="Replay all").click()
    picture(page, "replay-choice")
    dialog.get_by_role("button", name="Start").press("Enter")
    expect(dialog).to_contain_text("failed again")
    expect(dialog).to_contain_text("there is no record 'napse|z0'")
    picture(page, "replay-failed")
    dialog.get_by_role("button", name="Stop here").click()
    expect(dialog).to_have_count(0)
    assert letters.count_documents({**group, "state": "replayed"}) == 1, "one went ahead, and no other"
    assert letters.count_documents(group) == 6

    gateway.database["zone"].insert_many(
        [{"_id": f"napse|z{number}", "companyId": "napse", "code": f"z{number}"} for number in range(6)])
    row.get_by_role("button", name="Replay all").click()
    dialog.get_by_label("Letters a second").fill("1")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_contain_text("The first one was applied")
    dialog.get_by_role("button", name="Go on with the rest (5)").click()
    expect(dialog.locator("progress")).to_be_visible()
    expect(dialog).to_contain_text("left: 3")
    picture(page, "replay-progress")
    dialog.get_by_role("button", name="Stop").click()
    dialog.get_by_role("button", name="Close").click()
    left = letters.count_documents(group)
    assert 0 < left <= 3, f"stopped, and {left} are left"

    page.get_by_role("button", name=f"Replay what is found ({left})").click()
    dialog.get_by_label("One first").uncheck()
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_contain_text(f"Done: {left} · left: 0")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("a[href^='#/dead-letters/']")).to_have_count(0)
    wait("all are applied", lambda: gateway.database["zone"].count_documents({"name": "N"}) == 6)
    say("a group was sent again: stopped behind the first one that failed, then at a rate, stopped and gone on with")


SHOWN = """async ([id, mustEdit]) => {
  location.hash = `#/dead-letters/${id}`;
  const until = async (what) => {
    for (let turn = 0; turn < 500; turn += 1) {
      if (what()) return;
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    throw new Error(`in vain: ${what}`);
  };
  await until(() => [...document.querySelectorAll("main dd")].some((one) => one.textContent === id));
  const view = await (await fetch(`/api/dead-letters/${id}`)).json();
  const problems = [];
  const has = (text) => [...document.querySelectorAll("main dd")].some((one) => one.textContent === text);
  if (document.querySelector("main pre").textContent !== view.text) problems.push("its message");
  for (const name of ["companyId", "messageId"]) if (view.letter[name] && !has(view.letter[name])) problems.push(name);
  const reasons = [...document.querySelectorAll("main li")].map((one) => one.textContent);
  view.letter.reasons.forEach((reason, index) => {
    if (!reasons[index].endsWith(`: ${reason.text}`)) problems.push(`reason ${index}`);
  });
  if (mustEdit) {
    [...document.querySelectorAll("main button")].find((one) => one.textContent === "Edit").click();
    await until(() => document.querySelector("textarea"));
    // A textarea has no other ends of lines.
    if (document.querySelector("textarea").value !== view.text.replace(/\\r\\n?/g, "\\n")) problems.push("what is edited");
    await until(() => document.querySelector("#check").textContent.length > 12);
  }
  return { problems, text: view.text };
}"""


def check_hostile(gateway, page, picture):
    texts = hostile_texts.texts()
    for number, text in enumerate(texts):
        ident = text if len(text.encode()) <= 200 else None
        gateway.send(json.dumps({
            "companyId": text, "catalog": "catalogBrand",
            "items": [{"operation": "I", "code": text, text: text, "name": 7}],
        }), ident)
        gateway.send(text, f"raw{number}")
    letters = gateway.database["gateway.deadLetters"]
    hostile = {"state": "open"}
    wait("all are dead letters", lambda: letters.count_documents(hostile) == 2 * len(texts), 60)
    page.goto(gateway.url + "/#/dead-letters")
    rows = page.locator("a[href^='#/dead-letters/']")
    rows.first.wait_for()
    while page.get_by_role("button", name="More").count():
        before = rows.count()
        page.get_by_role("button", name="More").click()
        expect(rows).not_to_have_count(before)
    assert rows.count() == 2 * len(texts), rows.count()
    picture(page, "hostile-list")
    cells = set(page.evaluate("[...document.querySelectorAll('main td')].map((one) => one.textContent)"))
    companies = {letter["companyId"] for letter in letters.find(hostile, {"companyId": 1}) if letter.get("companyId")}
    assert len(companies) >= 515, f"{len(companies)} companies alone"
    missing = companies - cells
    assert not missing, f"{len(missing)} companies are not shown as they are: {sorted(missing)[:3]!r}"
    raw = {}
    for number, letter in enumerate(letters.find(hostile, {"_id": 1, "messageId": 1})):
        result = page.evaluate(SHOWN, [letter["_id"], number % 10 == 0])
        assert not result["problems"], f"{letter}: not shown as it is: {result['problems']}"
        raw[letter["messageId"]] = result["text"]
    changed = [text for number, text in enumerate(texts) if raw[f"raw{number}"] != text]
    # Those that are JSON are shown with a member on each line.
    assert all(is_json(text) for text in changed), f"not shown byte for byte: {[t for t in changed if not is_json(t)][:3]!r}"
    assert page.evaluate("window.hit") is None, "a hostile text ran"
    assert page.locator("iframe, main img, main script, main style, main object, main form:not(.row)").count() == 0

    page.goto(gateway.url + "/#/dead-letters")
    search = page.get_by_label("Search")
    words = "<SCRIPT>window.hit=1</script>"
    search.fill(words)
    search.press("Enter")
    found = sum(words.lower() in text.lower() for text in texts)
    expect(page.locator("h2", has_text="Dead letters")).to_contain_text(f"({found})")
    page.goto(gateway.url + "/#/dead-letters?code=schema")
    page.get_by_role("button", name="Discard all").first.click()
    page.get_by_role("dialog").get_by_label("Why?").fill("<b>test</b>")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    wait("that group is discarded", lambda: letters.count_documents({"state": "open", "reasons.code": "schema"}) == 0)
    say(f"{2 * len(texts)} messages of {len(texts)} hostile texts were shown as they are, and none ran; a group was discarded")


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def check_hostile_queues(gateway, page, picture):
    """A feed's queue has a hostile name: the reason of its failure stands in the banner and on three pages."""
    setting = {"_id": "rabbitMQ.enginestatus.endpointName"}
    postings = gateway.database["gateway.postings"]
    for number, name in enumerate([
            "<img src=x onerror=window.hit=6>\"'{{7*7}}${7*7}", "\u202egnp.exe\u2066<svg onload=window.hit=7>\U0001f600",
            "javascript:window.hit=8 &lt;b&gt; %3Cscript%3E"]):
        name = f"{name} {gateway.name}"
        gateway.database["configuration"].update_one(setting, {"$set": {"value": name}})
        page.goto(gateway.url + "/#/feeds")
        row = page.locator("tr", has_text="engine-status")
        expect(row).to_be_visible()
        deadline = time.monotonic() + 30
        while not postings.count_documents({"reason": {"$regex": re.escape(name)}}):
            assert time.monotonic() < deadline, f"no posting to {name!r} fails"
            row.get_by_role("button", name="Run now").click()
            page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
            page.wait_for_timeout(1000)
        expect(page.locator("#banner")).to_contain_text(name)
        for where in ["postings", "overview"]:
            page.goto(f"{gateway.url}/#/{where}")
            expect(page.locator("main td", has_text=name).first).to_be_visible()
        picture(page, f"hostile-queue-{number}")
        postings.delete_many({})
    gateway.database["configuration"].update_one(setting, {"$set": {"value": gateway.engines}})
    assert page.evaluate("window.hit") is None, "a hostile name ran"
    wait("the banner goes", lambda: not page.locator("#banner").is_visible())
    say("queues of hostile names are named in the banner and on the pages as they are")


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


def check_messages(gateway, page, picture):
    """The live tail: what is sent while the page is open is there within two seconds; one is explained; nothing runs."""
    page.goto(gateway.url + "/#/messages")
    expect(page.locator("main")).to_contain_text("Nothing has been settled since")
    hostile = "<script>window.hit = 1</script>" + uuid.uuid4().hex
    items = [{"operation": "IU", "code": "tail", "name": "Tail"}, {"operation": "I", "code": "no-name"}]
    gateway.send(json.dumps({"companyId": "napse", "catalog": "catalogBrand", "items": items}), hostile)
    gateway.send(json.dumps({"companyId": "napse", "catalog": "catalogZone", "items": [
        {"operation": "IU", "code": "z", "name": "Z"}]}))
    sent = time.monotonic()
    row = page.locator("tbody tr", has_text=hostile)
    expect(row).to_contain_text("partlyRejected · inserted 1, rejected 1", timeout=2000)
    expect(row).to_contain_text("the field \"name\" is missing")
    expect(page.locator("tbody tr", has_text="catalogZone")).to_contain_text("applied")
    soon = time.monotonic() - sent
    picture(page, "messages")
    page.get_by_label("Outcome").select_option("rejected")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr", has_text=hostile).get_by_role("link").click()
    expect(page.locator("tbody tr", has_text="napse|tail")).to_contain_text("inserted")
    page.get_by_role("button", name="Explain").click()
    way = page.locator("pre", has_text="7. result")
    expect(way).to_contain_text("1 unchanged, 1 rejected")
    expect(way).to_contain_text(hostile)
    picture(page, "message")
    page.get_by_role("link", name="Its dead letters").click()
    expect(page.locator("tbody tr", has_text="no-name").or_(page.locator("tbody tr", has_text="is missing")).last).to_be_visible()

    page.goto(gateway.url + "/#/messages/try")
    page.get_by_label("Message").fill('{"companyId": "napse", "catalog": "catalogBrnd", "items": []}')
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("pre")).to_contain_text("did you mean 'catalogBrand'?")
    assert page.evaluate("window.hit") is None, "a text was run"
    assert gateway.database["zone"].count_documents({}) >= 1 and gateway.database["brand"].count_documents({"code": "no-name"}) == 0
    say(f"a message is on the page {soon:.1f} s after it was sent; it is filtered, shown and explained, and none is written")


def check_looks(gateway, page, picture):
    page.goto(gateway.url + "/#/catalogs")
    brand = page.locator("details", has=page.locator("strong", has_text=re.compile("^catalogBrand$")))
    brand.locator("summary").click()
    brand.get_by_label("companyId").fill("napse")
    brand.get_by_label("code", exact=True).fill("bad")
    page.keyboard.press("Enter")
    expect(brand.locator("pre").first).to_contain_text('"name": "Mended"')
    picture(page, "catalog")
    brand.get_by_label("code", exact=True).fill("none")
    page.keyboard.press("Enter")
    expect(brand).to_contain_text("There is no record 'napse|none'")

    page.goto(gateway.url + "/#/mappings")
    expect(page.locator("tr", has_text="catalogs.test.yaml")).to_contain_text("passed")
    picture(page, "mappings")
    test = gateway.mappings / "catalogs.test.yaml"
    right = test.read_text(encoding="utf-8")
    test.write_text(right.replace("outcomes: [inserted", "outcomes: [deleted", 1), encoding="utf-8")
    assert test.read_text(encoding="utf-8") != right
    wait("the reload is refused", lambda: "not reloaded" in gateway.text())
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="refused")).to_contain_text("catalogs.test.yaml")
    expect(page.locator("tr", has_text="catalogs.test.yaml")).to_contain_text("1 failed")
    picture(page, "mappings-refused")
    test.write_text(right, encoding="utf-8")
    wait("the banner goes", lambda: not page.locator("#banner").is_visible())
    say("a record was found by its key; the mappings show their tests, and why a reload was refused")


def check_narrow(gateway, browser, picture):
    """On a telephone's width, in the dark: nothing is wider than the page."""
    context = browser.new_context(locale="es-AR", color_scheme="dark", viewport={"width": 390, "height": 800})
    page = context.new_page()
    log_in(gateway, page, OPERATOR, label="Clave")
    for name in ["overview", "messages", "dead-letters", "feeds", "postings", "engines", "catalogs", "settings", "mappings"]:
        page.goto(f"{gateway.url}/#/{name}")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("Cargando")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"narrow-{name}")
        assert wide <= 0, f"{name} is {wide} pixels wider than a narrow page"
    context.close()
    say("narrow and dark, no page is wider than its window")


def check_ends(gateway, page, browser):
    """A session that ends leads to the log-in, a gateway that starts anew does too, and a page in the gap asks again."""
    gateway.send("no message")
    page.goto(gateway.url + "/#/dead-letters")
    page.locator("main table").first.wait_for()
    page.evaluate("fetch('/api/session').then((r) => r.json()).then(({csrf}) =>"
                  " fetch('/api/logout', {method: 'POST', headers: {'X-CSRF-Token': csrf}}))")
    expect(page.get_by_label("Token")).to_be_visible(timeout=10000)
    expect(page.locator("#banner")).to_be_hidden()
    log_in(gateway, page, OPERATOR, is_here=True)
    gateway.process.terminate()
    assert gateway.process.wait(20) == 0
    expect(page.locator("#banner")).to_contain_text("connection", timeout=6000)
    gateway.start()
    wait("the gateway is ready again", gateway.is_ready)
    expect(page.get_by_label("Token")).to_be_visible(timeout=15000)
    log_in(gateway, page, OPERATOR, is_here=True)
    expect(page.locator("#banner")).to_be_hidden(timeout=10000)

    other = browser.new_context(locale="en-US").new_page()
    log_in(gateway, other, OPERATOR)
    other.goto(gateway.url + "/#/dead-letters")
    other.locator("main table").first.wait_for()
    asked = []
    other.on("request", lambda request: asked.append(request.url) if "/api/dead-letters" in request.url else None)
    # More than the stream's ring holds cannot be missed here in a reasonable time: the gap itself is put into the stream.
    streams = []
    other.route("**/api/events", lambda route: streams.append(route))
    other.reload()
    other.locator("main table").first.wait_for()
    wait("the stream is asked for", lambda: other.wait_for_timeout(20) or streams)
    streams[0].fulfill(
        status=200, content_type="text/event-stream", body="retry: 60000\n\nevent: gap\ndata: {}\n\n")
    def lists():
        return [one for one in asked if one.endswith("/api/dead-letters?state=open")]

    wait("the page asks again", lambda: other.wait_for_timeout(20) or len(lists()) >= 2)
    other.context.close()
    say("a session that ended and a gateway that started anew lead to the log-in; behind a gap the page asks again")


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


def log_in(gateway, page, token, picture=None, label="Token", is_here=False):
    if not is_here:
        page.goto(gateway.url + "/")
    if picture:
        page.get_by_label(label).fill("a-wrong-token-0123456789")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert").last).to_contain_text("none of this console's")
        picture(page, "login")
    page.get_by_label(label).fill(token)
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
            check_many(gateway, page, picture)
            check_looks(gateway, page, picture)
            check_hostile(gateway, page, picture)
            check_hostile_queues(gateway, page, picture)
            check_messages(gateway, page, picture)
            check_events(gateway)
            check_socket(gateway, page)
            check_settings(gateway, page, picture)
            check_narrow(gateway, browser, picture)
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
            check_ends(gateway, page, browser)
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
