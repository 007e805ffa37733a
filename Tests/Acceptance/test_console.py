"""The console's pages in a real browser, on a real gateway and real servers.

Each test has a gateway of its own and a page on which somebody is logged in. On no page may a script fail, a dialog open or the
policy refuse something. `--pictures DIRECTORY` keeps screenshots; CHROMIUM is the browser, /usr/bin/chromium by default.
"""

import json
import re
import socket
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import hostile_texts
import pytest
from axe_playwright_python.sync_playwright import Axe
from forwarding import Forwarder
from live_gateway import OPERATOR, ROOT, VIEWER, WRONG
from playwright.sync_api import expect
from tokens import make_certificate
from waiting import wait
from websockets.sync.client import connect

ENGINES = "rabbitMQ.enginestatus.endpointName"


@pytest.fixture
def gateway(new_gateway):
    gateway = new_gateway("console", {
        "RABBITMQ_PRODUCER_INTERVAL": "1h", "HTTP_LISTENERS_API_PORT": "0", "HTTP_LISTENERS_API_HOST": "127.0.0.1",
        "HTTP_ACCESS_SHOP_TOKENS_FILE": "tokens", "HTTP_ACCESS_SHOP_JWT_KEY_FILE": "secret", "HTTP_ACCESS_SHOP_ISSUER": "issuer",
        "HTTP_ACCESS_SHOP_AUDIENCE": "shop", "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "api.pem",
        "HTTP_LISTENERS_API_TLS_KEY_FILE": "api.key"})
    (gateway.directory / "tokens").write_text("till-1 0123456789abcdef\n")
    (gateway.directory / "secret").write_text("0123456789abcdef" * 2)
    make_certificate(gateway.directory, "api")
    gateway.take_mappings(*(one.name for one in (ROOT / "mappings").iterdir() if one.name != "examples"))
    gateway.start()
    return gateway


@pytest.fixture
def engines(gateway):
    """The queue of the feed engine-status, which runs when a test wants it to."""
    queue = gateway.declare(gateway.name + ".engines")
    # The setting that names the queue comes last: its feed must not run before the test wants it.
    gateway.database["configuration"].insert_one({"_id": ENGINES, "value": queue})
    wait("the feed is known", lambda: gateway.database["gateway.feeds"].count_documents({"collection": "engine"}) == 1)
    return queue


@pytest.fixture
def page(gateway, new_page):
    """A page of the console on which an operator is logged in."""
    page = new_page()
    log_in(gateway, page, OPERATOR)
    return page


def shown(text):
    """A text of a sender as a page shows it: marks of direction are escapes."""
    return re.sub("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found[0]):04x}", text)


def log_in(gateway, page, token, label="Token", is_here=False, url=None):
    if not is_here:
        page.goto((url or gateway.url) + "/")
    page.get_by_label(label).fill(token)
    page.keyboard.press("Enter")
    expect(page.locator("nav a").first).to_be_attached()


def test_a_wrong_token_is_refused_and_the_right_one_opens_the_console(gateway, new_page, picture):
    page = new_page()
    page.goto(gateway.url + "/")
    page.get_by_label("Token").fill(WRONG)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").last).to_contain_text("none of this console's")
    picture(page, "login")
    log_in(gateway, page, OPERATOR, is_here=True)


def test_the_banner_comes_and_goes(gateway, engines, page, picture):
    page.goto(gateway.url + "/#/feeds")
    row = page.locator("tr", has_text="engine-status")
    expect(row).to_be_visible()
    banner = page.locator("#banner")
    wait("the banner is gone while all is well", lambda: not banner.is_visible())
    gateway.broker.queue_delete(engines)
    row.get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    failed = gateway.database["gateway.postings"]
    wait("a posting failed", lambda: failed.count_documents({}) > 0)
    began = time.monotonic()
    expect(banner).to_be_visible(timeout=5000)
    expect(banner).to_contain_text("no queue")
    expect(page.locator("#said p").last).to_contain_text("no queue")  # each line is announced by itself
    took = time.monotonic() - began
    assert took < 2, f"the banner took {took:.2f} s"
    picture(page, "banner")
    page.goto(gateway.url + "/#/postings")
    expect(page.locator("tr", has_text="engine-status")).to_contain_text("no queue")
    picture(page, "postings")
    gateway.broker.queue_declare(engines, durable=True)
    page.get_by_role("button", name="Try again").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    wait("the posting went out", lambda: failed.count_documents({}) == 0)
    expect(banner).to_be_hidden(timeout=5000)


def test_a_dead_letter_is_fixed_and_replayed(gateway, page, picture):
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
    # The second item of what was sent is the first one here.
    expect(page.locator(".reasons li")).to_contain_text("(item 1 of the message sent; below: /items/0)")
    picture(page, "letter")
    page.get_by_role("button", name="Edit").click()
    area, check = page.locator("textarea"), page.locator("#check")
    text = area.input_value()
    expect(check).to_contain_text("valid JSON")
    expect(check).to_contain_text("1 finding")
    expect(page.locator(".findings")).to_contain_text("is missing")
    area.fill(text.replace('"code": "bad",', '"code": "bad"'))
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    expect(check).to_contain_text(re.compile(r"not JSON: .*line 8, column 7"))
    expect(page.locator(".behind mark")).to_have_text('"')
    picture(page, "edit-broken")
    area.fill(text.replace('"code": "bad",', '"code": "bad", "name": ["\U0001f600"],'))
    expect(page.locator(".findings button")).to_contain_text("/items/0/name")
    expect(page.locator(".behind mark")).to_have_text('["\U0001f600"]')
    picture(page, "edit")
    page.locator(".findings button").press("Enter")
    assert page.evaluate("document.activeElement.value.slice(document.activeElement.selectionStart,"
                         " document.activeElement.selectionEnd)") == '["\U0001f600"]', "the finding's place is not selected"
    area.fill(text.replace('"code": "bad",', '"code": "bad", "name": "Edited",'))
    expect(check).to_contain_text("the route takes it")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("pre").first).to_contain_text("Edited")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.locator("#notice")).to_contain_text("#r1")
    wait("the record is in MongoDB", lambda: gateway.database["brand"].find_one({"_id": "napse|bad"}) is not None)
    assert gateway.database["brand"].find_one({"_id": "napse|bad"})["name"] == "Edited"
    who = [row["who"] for row in gateway.database["gateway.audit"].find({"action": {"$regex": "dead-letters"}})]
    assert len(who) == 2 and all("operator session" in one and "127.0.0.1" in one for one in who), who


def test_a_group_is_replayed(gateway, page, picture):
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
    dialog.get_by_label("dead letters per second").fill("1")
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
    expect(dialog).to_contain_text(f"Sent: {left} · left: 0")
    expect(dialog).to_contain_text(f"applied: {left} · failed again: 0")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("a[href^='#/dead-letters/']")).to_have_count(0)
    wait("all are applied", lambda: gateway.database["zone"].count_documents({"name": "N"}) == 6)


SHOWN = r"""async ([id, mustEdit]) => {
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
  const shown = (text) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const has = (text) => [...document.querySelectorAll("main dd")].some((one) => one.textContent === text);
  if (document.querySelector("main pre").textContent !== shown(view.text)) problems.push("its message");
  for (const name of ["companyId", "messageId"]) if (view.letter[name] && !has(shown(view.letter[name]))) problems.push(name);
  const reasons = [...document.querySelectorAll("main .reasons li")].map((one) => one.textContent);
  view.letter.reasons.slice(0, 20).forEach((reason, index) => {
    if (!reasons[index].endsWith(`: ${shown(reason.text)}`)) problems.push(`reason ${index}`);
  });
  if (mustEdit) {
    [...document.querySelectorAll("main button")].find((one) => one.textContent === "Edit").click();
    await until(() => document.querySelector("textarea"));
    // A textarea has no other ends of lines.
    if (document.querySelector("textarea").value !== view.text.replace(/\r\n?/g, "\n")) problems.push("what is edited");
    await until(() => document.querySelector("#check").textContent.length > 12);
  }
  return { problems, text: view.text };
}"""


def send_hostile(gateway):
    """Two messages of each hostile text, one of them with that as its bytes, which all become dead letters. Returns the texts."""
    texts = hostile_texts.texts()
    for number, text in enumerate(texts):
        ident = text if len(text.encode()) <= 200 else None
        gateway.send(json.dumps({
            "companyId": text, "catalog": "catalogBrand",
            "items": [{"operation": "I", "code": text, text: text, "name": 7}],
        }), ident)
        gateway.send(text, f"raw{number}")
    letters = gateway.database["gateway.deadLetters"]
    wait("all are dead letters", lambda: letters.count_documents({"state": "open"}) == 2 * len(texts), 60)
    return texts


def test_hostile_texts_are_shown_and_do_not_run(gateway, page, picture):
    texts = send_hostile(gateway)
    letters = gateway.database["gateway.deadLetters"]
    hostile = {"state": "open"}
    page.goto(gateway.url + "/#/dead-letters")
    rows = page.locator("a[href^='#/dead-letters/']")
    rows.first.wait_for()
    while rows.count() < 2 * len(texts):
        before = rows.count()
        page.get_by_role("button", name="More").click()
        expect(rows).not_to_have_count(before)
    assert rows.count() == 2 * len(texts), rows.count()
    picture(page, "hostile-list")
    cells = set(page.evaluate("[...document.querySelectorAll('main td')].map((one) => one.textContent)"))
    companies = {letter["companyId"] for letter in letters.find(hostile, {"companyId": 1}) if letter.get("companyId")}
    assert len(companies) >= 515, f"{len(companies)} companies alone"
    missing = {shown(company) for company in companies} - cells
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
    # The list of the search had fewer.
    expect(page.locator("h2", has_text="Dead letters")).to_contain_text("(50+)")
    page.get_by_role("button", name="Discard all").first.click()
    page.get_by_role("dialog").get_by_label("Why?").fill("<b>test</b>")
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    wait("that group is discarded", lambda: letters.count_documents({"state": "open", "reasons.code": "schema"}) == 0)


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def test_hostile_names_of_queues_are_shown(gateway, engines, page, picture):
    """A feed's queue has a hostile name: the reason of its failure stands in the banner and on three pages."""
    setting = {"_id": ENGINES}
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
        expect(page.locator("#banner")).to_contain_text(shown(name))
        for where in ["postings", "overview"]:
            page.goto(f"{gateway.url}/#/{where}")
            expect(page.locator("main td", has_text=shown(name)).first).to_be_visible()
        picture(page, f"hostile-queue-{number}")
        postings.delete_many({})
    gateway.database["configuration"].update_one(setting, {"$set": {"value": engines}})
    assert page.evaluate("window.hit") is None, "a hostile name ran"
    wait("the banner goes", lambda: not page.locator("#banner").is_visible())


def test_a_setting_is_changed_with_the_keyboard(gateway, page, picture):
    page.goto(gateway.url + "/#/settings")
    page.get_by_role("button", name="Change lanes").click()
    page.get_by_role("dialog").get_by_label("New value").fill("3")
    page.keyboard.press("Enter")
    row = page.locator("tr", has=page.locator("strong", has_text="lanes"))
    expect(row).to_contain_text("configuration 'lanes'")
    assert gateway.database["configuration"].find_one({"_id": "lanes"})["value"] == 3
    picture(page, "settings")


def test_messages_are_shown_as_they_come(gateway, page, picture):
    """The live tail: what is sent while the page is open is there within two seconds; one is explained; nothing runs."""
    page.goto(gateway.url + "/#/messages")
    expect(page.locator("main")).to_contain_text("No messages settled since")
    hostile = "<script>window.hit = 1</script>" + uuid.uuid4().hex
    items = [{"operation": "IU", "code": "tail", "name": "Tail"}, {"operation": "I", "code": "no-name"}]
    gateway.send(json.dumps({"companyId": "napse", "catalog": "catalogBrand", "items": items}), hostile)
    gateway.send(json.dumps({"companyId": "napse", "catalog": "catalogZone", "items": [
        {"operation": "IU", "code": "z", "name": "Z"}]}))
    row = page.locator("tbody tr", has_text=hostile)
    expect(row).to_contain_text("partlyRejected · inserted 1, rejected 1", timeout=2000)
    expect(row).to_contain_text("the field \"name\" is missing")
    expect(page.locator("tbody tr", has_text="catalogZone")).to_contain_text("applied")
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


def test_a_record_is_found_by_its_key(gateway, page, picture):
    gateway.send(json.dumps({
        "companyId": "napse", "catalog": "catalogBrand", "items": [{"operation": "I", "code": "bad", "name": "Edited"}]}))
    wait("the record is in MongoDB", lambda: gateway.database["brand"].find_one({"_id": "napse|bad"}) is not None)
    page.goto(gateway.url + "/#/catalogs")
    brand = page.locator("details", has=page.locator("strong", has_text=re.compile("^catalogBrand$")))
    brand.locator("summary").click()
    brand.get_by_label("companyId").fill("napse")
    brand.get_by_label("code", exact=True).fill("bad")
    page.keyboard.press("Enter")
    expect(brand.locator("pre").first).to_contain_text('"name": "Edited"')
    picture(page, "catalog")
    brand.get_by_label("code", exact=True).fill("none")
    page.keyboard.press("Enter")
    expect(brand).to_contain_text("There is no record 'napse|none'")


def test_mappings_show_their_tests_and_why_a_reload_was_refused(gateway, page, picture):
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


def test_no_page_is_wider_than_a_telephone(gateway, engines, new_page, picture):
    """On a telephone's width, in the dark: nothing is wider than the page."""
    send_hostile(gateway)
    page = new_page(locale="es-AR", color_scheme="dark", viewport={"width": 390, "height": 800})
    log_in(gateway, page, OPERATOR, label="Token de acceso")
    for name in ["overview", "messages", "dead-letters", "feeds", "postings", "pushes", "engines", "catalogs", "settings", "mappings"]:
        page.goto(f"{gateway.url}/#/{name}")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("Cargando")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"narrow-{name}")
        assert wide <= 0, f"{name} is {wide} pixels wider than a narrow page"


def test_the_end_of_a_session_and_of_a_gateway_lead_to_the_log_in(gateway, page):
    gateway.send("no message")
    page.goto(gateway.url + "/#/dead-letters")
    page.locator("main table").first.wait_for()
    page.evaluate("fetch('/api/session').then((r) => r.json()).then(({csrf}) =>"
                  " fetch('/api/logout', {method: 'POST', headers: {'X-CSRF-Token': csrf}}))")
    expect(page.get_by_label("Token")).to_be_visible(timeout=10000)
    expect(page.locator("#banner")).to_be_hidden()
    log_in(gateway, page, OPERATOR, is_here=True)
    assert gateway.stop() == 0
    expect(page.locator("#banner")).to_contain_text("Connection to the gateway lost", timeout=6000)
    gateway.start()
    expect(page.get_by_label("Token")).to_be_visible(timeout=15000)
    log_in(gateway, page, OPERATOR, is_here=True)
    expect(page.locator("#banner")).to_be_hidden(timeout=10000)


def test_a_page_asks_again_behind_a_gap(gateway, new_page):
    gateway.send("no message")
    other = new_page()
    log_in(gateway, other, OPERATOR)
    other.goto(gateway.url + "/#/dead-letters")
    other.locator("main table").first.wait_for()
    asked = []
    other.on("request", lambda request: asked.append(request.url) if "/api/dead-letters" in request.url else None)
    # More than the gateway keeps cannot be missed here in a reasonable time: the gap itself is put into the connection.
    sockets = []
    other.route_web_socket("**/ws", lambda socket: sockets.append(socket))
    other.reload()
    other.locator("main table").first.wait_for()
    wait("the page follows", lambda: other.wait_for_timeout(20) or sockets)
    sockets[0].send(json.dumps({"type": "gap", "topic": "deadLetters", "id": "x-1"}))
    def lists():
        return [one for one in asked if one.endswith("/api/dead-letters?state=open")]

    wait("the page asks again", lambda: other.wait_for_timeout(20) or len(lists()) >= 2)


def test_keyboard_and_language(gateway, engines, page, picture):
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


def test_a_viewer_can_change_nothing(gateway, new_page, picture):
    page = new_page(color_scheme="dark")
    log_in(gateway, page, VIEWER)
    page.goto(gateway.url + "/#/settings")
    page.locator("main table").wait_for()
    assert page.get_by_role("button", name="Change").count() == 0
    picture(page, "viewer")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_gateway_ends_well_with_a_page_open(gateway, page):
    """The page's stream must not hold up the end, and the page says that the gateway is gone."""
    assert gateway.stop() == 0
    expect(page.locator("#banner")).to_contain_text("Connection to the gateway lost", timeout=6000)


BRANDS = {"companyId": "napse", "catalog": "catalogBrand"}


def bad_brands(gateway, count, **more):
    """Sends `count` messages of one item without a name each, which become open dead letters."""
    letters = gateway.database["gateway.deadLetters"]
    before = letters.count_documents({})
    for number in range(count):
        gateway.send({**BRANDS, "items": [{"operation": "I", "code": f"b{number}"}], **more})
    wait("the dead letters are there", lambda: letters.count_documents({}) == before + count)
    return letters


def run_feed(gateway, name):
    request = urllib.request.Request(
        f"{gateway.url}/api/feeds/{name}/run", b"{}", {"Authorization": "Bearer " + OPERATOR, "Content-Type": "application/json"})
    assert urllib.request.urlopen(request, timeout=10).status == 200


def test_seven_tabs_work(gateway, new_page):
    """Browsers open six connections to a host for all tabs: none may be held for events."""
    bad_brands(gateway, 1)
    first = new_page()
    log_in(gateway, first, OPERATOR)
    tabs = [first] + [first.context.new_page() for _ in range(6)]
    for tab in tabs:
        tab.goto(gateway.url + "/#/dead-letters")
    for tab in tabs:
        expect(tab.locator("a[href^='#/dead-letters/']")).to_have_count(1, timeout=10_000)
    # Each of them follows: the second letter is announced on all.
    bad_brands(gateway, 1)
    for tab in tabs:
        expect(tab.get_by_role("button", name="1 new")).to_be_visible(timeout=10_000)


def test_a_request_without_an_answer_ends(gateway, new_page):
    page = new_page()
    log_in(gateway, page, OPERATOR)
    page.clock.install()
    page.route("**/api/feeds", lambda route: None)
    page.evaluate("AbortSignal.timeout = (ms) => { const c = new AbortController();"
                  " setTimeout(() => c.abort(new DOMException('late', 'TimeoutError')), ms / 100); return c.signal; }")
    page.goto(gateway.url + "/#/feeds")
    page.clock.run_for(1000)
    expect(page.locator("main")).to_contain_text("did not answer within 30 s")


def test_where_websockets_do_not_pass_the_status_is_asked_for(gateway, new_page):
    page = new_page()
    page.add_init_script("window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 0); } close() {} };")
    log_in(gateway, page, OPERATOR)
    page.goto(gateway.url + "/#/dead-letters")
    expect(page.locator("main h2").last).to_contain_text("(0)")
    bad_brands(gateway, 1)
    expect(page.locator("#letters a")).to_have_count(1, timeout=20_000)
    bad_brands(gateway, 1)
    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=20_000)
    expect(page.locator("#banner")).to_be_hidden()


def test_a_bulk_action_acts_on_what_it_says(gateway, page):
    """A letter with two reasons is in two groups; a group's actions keep the filter; another count is refused."""
    letters = bad_brands(gateway, 3)
    for number in range(2):
        gateway.send({**BRANDS, "items": [{"operation": "X", "code": f"x{number}", "name": "N"}]})
        gateway.send({**BRANDS, "items": [{"operation": "X", "code": f"y{number}", "name": "N"}, {"operation": "I", "code": "z"}]})
    wait("the dead letters are there", lambda: letters.count_documents({"state": "open"}) == 7)
    page.goto(gateway.url + "/#/dead-letters?code=schema")
    row = page.locator("tr", has=page.locator("strong", has_text=re.compile("^invalidOperation$"))).filter(has_text="Discard all")
    expect(row.locator("td").nth(2)).to_have_text("2")
    dialog = page.get_by_role("dialog")
    row.get_by_role("button", name="Discard all").click()
    expect(dialog).to_contain_text("schema,invalidOperation · catalogBrand · 2")
    # Another one arrives for the group: it is newer than what was shown, and is left alone.
    gateway.send({**BRANDS, "items": [{"operation": "X", "code": "y9", "name": "N"}, {"operation": "I", "code": "z"}]})
    wait("it is there", lambda: letters.count_documents({"state": "open"}) == 8)
    dialog.get_by_role("button", name="Discard").click()
    expect(dialog).to_contain_text("Discarded: 2 · left: 0")
    dialog.get_by_role("button", name="Close").click()
    assert letters.count_documents({"state": "discarded"}) == 2 and letters.count_documents({"state": "open"}) == 6

    # What is not counted as it was shown is not touched.
    page.get_by_role("button", name="Discard what is found (4)").click()
    letters.update_one({"state": "open", "reasons.code": "schema"}, {"$set": {"state": "discarded"}})
    dialog.get_by_role("button", name="Discard").click()
    expect(dialog).to_contain_text("nothing was done: 3 open dead letters match, and not 4")
    dialog.get_by_role("button", name="Close").click()
    assert letters.count_documents({"state": "open"}) == 5

    page.goto(gateway.url + "/#/dead-letters?state=discarded")
    expect(page.locator("a[href^='#/dead-letters/']")).to_have_count(3)
    assert page.get_by_role("button", name=re.compile("(Replay|Discard) (what|all|the)")).count() == 0, "these are not open"


def test_the_overview_shows_counts_and_what_is_off(gateway, page, picture):
    page.goto(gateway.url + "/#/overview")
    card = page.locator(".card", has_text="Waiting messages")
    expect(card.locator(".figure")).to_have_text("0", timeout=15_000)
    gateway.send({**BRANDS, "items": [{"operation": "I", "code": "n", "name": "N"}]})
    route = page.locator("tr", has=page.locator("strong", has_text=re.compile("^catalogs$")))
    expect(route).to_contain_text("inserted 1")
    gateway.database["configuration"].insert_one({"_id": "lanes", "value": 3})
    wait("the setting is in force", lambda: gateway.reloads("done") > 0)
    wait("the route runs again", lambda: page.wait_for_timeout(100) or "running" in route.inner_text())
    assert "inserted 1" in route.inner_text(), "the counts outlive the restart of a route"

    gateway.database["configuration"].insert_one({"_id": "rabbitMQ.enabled", "value": False})
    part = page.locator("tr", has_text="rabbitMQ.enabled is false")
    expect(part).to_contain_text("off", timeout=15_000)
    assert part.locator(".state.good").count() == 0
    expect(page.locator("#health")).to_contain_text("Off: rabbitMQ")
    for number in range(5):
        gateway.send({**BRANDS, "items": [{"operation": "I", "code": f"w{number}", "name": "N"}]})
    expect(card.locator(".figure")).to_have_text("unknown", timeout=15_000)
    folded = page.locator("details", has_text="Off (1): catalogs")
    folded.locator("summary").click()
    expect(folded.locator("tr").last).to_contain_text("unknown")
    picture(page, "overview-off")
    gateway.database["configuration"].delete_one({"_id": "rabbitMQ.enabled"})
    expect(route).to_contain_text("running", timeout=15_000)
    expect(route).to_contain_text("inserted 6", timeout=15_000)
    # A minute of running is a minute in a chart of an hour.
    path = page.locator(".card .chart .line").first.get_attribute("d")
    assert float(re.match(r"M([\d.]+),", path)[1]) > 90, f"the chart begins at {path[:20]}"


def test_a_list_that_changes_keeps_focus_selection_and_place(gateway, page):
    letters = bad_brands(gateway, 4)
    page.set_viewport_size({"width": 705, "height": 700})
    page.goto(gateway.url + "/#/dead-letters")
    links = page.locator("#letters a[href^='#/dead-letters/']")
    expect(links).to_have_count(4)
    links.nth(2).focus()
    page.evaluate("document.getSelection().selectAllChildren(document.querySelector('#letters tbody tr:nth-child(2) td'))")
    page.evaluate("document.querySelector('#letters .scroll').scrollLeft = 60")
    before = page.evaluate("""() => [document.activeElement.getAttribute('href'), String(document.getSelection()),
        document.querySelector('#letters .scroll').scrollLeft, document.activeElement.getBoundingClientRect().top]""")
    bad_brands(gateway, 2)
    letters.update_one({"_id": page.locator("#letters tbody tr").nth(3).get_attribute("data-key")},
                       {"$set": {"state": "discarded"}})
    pill = page.get_by_role("button", name="2 new")
    expect(pill).to_be_visible(timeout=10_000)
    expect(page.locator("#letters tr.gone")).to_have_count(1, timeout=10_000)
    after = page.evaluate("""() => [document.activeElement.getAttribute('href'), String(document.getSelection()),
        document.querySelector('#letters .scroll').scrollLeft, document.activeElement.getBoundingClientRect().top]""")
    assert after == before
    pill.click()
    expect(links).to_have_count(5)


def test_long_names_and_marks_of_direction_stay_in_their_places(gateway, page):
    long, turned = "company-" + "x" * 3000, "napse\u202egnp.exe\u2066"
    for company in (long, turned):
        bad_brands(gateway, 1, companyId=company)
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(gateway.url + "/#/dead-letters")
        row = page.locator("#letters tr", has_text="company-")
        expect(row).to_be_visible()
        box = row.get_by_role("link").bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= width, f"the link is off a screen of {width}: {box}"
        name = row.locator(".value", has_text="company-").first
        assert name.get_attribute("title").startswith("company-xxxx") and name.bounding_box()["width"] < width
        expect(page.locator("#letters tr", has_text="gnp.exe").locator(".value").first).to_have_text("napse\\u202egnp.exe\\u2066")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.locator("main").inner_text())


def test_an_edit_is_shown_and_a_replay_shows_its_result(gateway, page, picture):
    bad_brands(gateway, 1)
    page.goto(gateway.url + "/#/dead-letters")
    page.locator("#letters a").click()
    main = page.locator("main")
    expect(main).to_contain_text("A replay of this message fails again: 1 finding")
    expect(page.get_by_role("button", name="Edit")).to_have_class("main")
    expect(page.get_by_role("button", name="Replay")).not_to_have_class("main")
    page.get_by_role("button", name="Edit").click()
    area = page.locator("textarea")
    text = area.input_value()
    area.fill(text.replace('"code"', '"named": "N", "code"'))
    # Leaving the editor loses nothing.
    page.get_by_role("link", name="Back").click()
    page.locator("#letters a").click()
    page.get_by_role("button", name="Edit").click()
    expect(area).to_have_value(text.replace('"code"', '"named": "N", "code"'))
    expect(main).to_contain_text("your unsaved text")
    area.fill(text.replace('"code"', '"name": "Named", "code"'))
    page.get_by_role("button", name="Save").click()
    expect(main).to_contain_text("The route takes this message")
    expect(page.get_by_role("button", name="Replay")).to_have_class("main")
    expect(main).to_contain_text("Reasons of the message as it was received")
    assert page.locator("main pre mark").count() == 0, "what was edited is marked as an error"
    expect(main.locator("dl")).to_contain_text("operator session")
    page.locator("summary", has_text="What the edit changed").click()
    expect(page.locator(".difference ins")).to_contain_text("Named")
    picture(page, "edited")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(main).to_contain_text("The replay was applied.", timeout=15_000)

    # One that fails again names the new dead letter, alone and among many.
    for number in range(3):
        gateway.send({"companyId": "napse", "catalog": "catalogZone", "items": [{"operation": "U", "code": f"z{number}", "name": "N"}]})
    wait("they failed", lambda: gateway.database["gateway.deadLetters"].count_documents({"catalog": "catalogZone"}) == 3)
    page.goto(gateway.url + "/#/dead-letters?catalog=catalogZone")
    page.locator("#letters a").first.click()
    page.get_by_role("button", name="Replay", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(main).to_contain_text("The replay failed again", timeout=15_000)
    page.get_by_role("link", name="The new dead letter").click()
    expect(main.locator("dl").first).to_contain_text("#r1")
    # Back is the list with its filter.
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(gateway.url + "/#/dead-letters?catalog=catalogZone")
    page.get_by_role("button", name="Replay what is found (3)").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Replay one first").uncheck()
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_contain_text("applied: 0 · failed again: 3", timeout=15_000)
    dialog.get_by_role("link", name="The new dead letter").click()
    expect(dialog).to_have_count(0)
    expect(main.locator("dl").first).to_contain_text("#r")


def test_what_is_wrong_in_a_form_can_be_corrected_there(gateway, page):
    page.goto(gateway.url + "/#/dead-letters?since=yesterdayish&company=napse")
    expect(page.locator("main").get_by_role("alert")).to_contain_text("'yesterdayish' is not a time")
    expect(page.get_by_label("Since")).to_have_value("yesterdayish")
    page.get_by_label("Since").fill("2h")
    page.keyboard.press("Enter")
    expect(page.locator("main h2").last).to_contain_text("Dead letters (0)")
    page.goto(gateway.url + "/#/settings")
    page.get_by_role("button", name="Change lanes").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New value").fill("many")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("lanes")
    expect(dialog.get_by_label("New value")).to_have_value("many")
    dialog.get_by_label("New value").fill("3")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Saved.")
    # The queue is named by the environment too.
    page.get_by_role("button", name="Change rabbitMQ.endpointName").click()
    dialog.get_by_label("New value").fill("another")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("this value counts")
    expect(page.locator("#notice")).to_contain_text("RABBITMQ_ENDPOINT_NAME")


def test_pages_recover_when_the_gateway_is_back(gateway, page):
    page.goto(gateway.url + "/#/overview")
    expect(page.locator("main table").first).to_be_visible()
    page.route("**/api/settings", lambda route: route.fulfill(
        status=503, content_type="application/json", body=json.dumps({"error": {
            "code": "storeAway", "message": "the store is not connected", "remedy": "ask again when it is"}})))
    page.goto(gateway.url + "/#/settings")
    expect(page.get_by_role("alert").last).to_contain_text("the store is not connected")
    page.unroute("**/api/settings")
    expect(page.locator("main table")).to_be_visible(timeout=10_000)


def test_a_letter_of_many_reasons_has_its_buttons_at_hand(gateway, page):
    gateway.send({**BRANDS, "items": [{"operation": "I", "code": f"c{number}"} for number in range(1000)]})
    wait("the dead letter is there", lambda: gateway.database["gateway.deadLetters"].count_documents({}) == 1)
    page.goto(gateway.url + "/#/dead-letters")
    page.locator("#letters a").click()
    expect(page.locator(".reasons li")).to_have_count(20)
    assert page.get_by_role("button", name="Discard").bounding_box()["y"] < 700
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    letter = json.loads(open(download.value.path(), encoding="utf-8").read())
    assert len(letter["reasons"]) == 1000
    page.get_by_role("button", name="Show all (1,000)").click()
    expect(page.locator(".reasons li")).to_have_count(1000)
    page.mouse.wheel(0, 20000)
    expect(page.get_by_role("button", name="Discard")).to_be_in_viewport()


def test_feeds_that_are_off_and_postings_alike_are_told_apart(gateway, engines, page):
    page.goto(gateway.url + "/#/feeds")
    off = page.locator("details", has_text="Off (")
    off.locator("summary").click()
    expect(off.locator("tr", has_text="transactions")).to_contain_text("rabbitMQ.transaction.endpointName is not set")
    assert gateway.command("feeds", "list") is not None
    gateway.broker.queue_delete(engines)
    run_feed(gateway, "engine-status")
    postings = gateway.database["gateway.postings"]
    wait("they failed", lambda: postings.count_documents({"name": "engine-status"}) > 0)
    page.goto(gateway.url + "/#/postings")
    row = postings.find_one({})
    expect(page.locator("tr", has_text="engine-status").locator("td").nth(1)).to_have_text(row["_id"])
    page.get_by_role("button", name=f"Discard: engine-status {row['_id']}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    wait("that one is gone", lambda: postings.count_documents({"_id": row["_id"]}) == 0)


def test_the_tail_tells_why_and_shows_a_long_message_once(gateway, page):
    page.goto(gateway.url + "/#/messages")
    expect(page.locator("main")).to_contain_text("No messages settled since")
    gateway.send({"companyId": "napse", "catalog": "catalogZone", "items": [{"operation": "U", "code": "none", "name": "N"}]}, "lost")
    row = page.locator("tbody tr", has_text="lost")
    expect(row).to_contain_text("there is no record 'napse|none' to update", timeout=5000)
    gateway.send({**BRANDS, "items": [{"operation": "IU", "code": f"c{number}", "name": "N"} for number in range(3500)]}, "long")
    row = page.locator("tbody tr", has_text="long")
    expect(row).to_contain_text("inserted 3,500", timeout=15_000)
    expect(row).to_have_count(1)


def test_the_console_behind_a_path_of_a_proxy(gateway, new_page):
    with Forwarder(gateway.port, "/tools/promo") as url:
        page = new_page()
        failed = []
        page.on("response", lambda response: failed.append(f"{response.status} {response.url}") if response.status >= 400
                and "/api/session" not in response.url else None)
        log_in(gateway, page, OPERATOR, url=url)
        cookie = next(one for one in page.context.cookies() if one["name"].startswith("gateway_session"))
        assert cookie["path"] == "/tools/promo/", "two consoles of one host have sessions apart"
        for name in ["overview", "messages", "dead-letters", "feeds", "postings", "pushes", "engines", "catalogs", "settings", "mappings"]:
            page.goto(f"{url}/#/{name}")
            expect(page.locator("main")).not_to_contain_text("Loading")
            expect(page.locator("main h1")).to_be_visible()
        bad_brands(gateway, 1)
        page.goto(url + "/#/dead-letters")
        with page.expect_download() as download:
            page.get_by_role("link", name="Export").click()
        assert download.value.url.startswith(url)
        page.locator("#letters a").click()
        page.get_by_role("button", name="Discard", exact=True).click()  # the list has others until the dead letter is there
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        expect(page.locator("#notice")).to_contain_text("Discarded.")
        page.goto(url + "/#/dead-letters")
        expect(page.locator("main h2").last).to_contain_text("(0)")
        bad_brands(gateway, 1)
        expect(page.locator("#letters a")).to_have_count(1, timeout=10_000)
        assert not failed, "\n".join(failed)


PAGES = ["overview", "messages", "dead-letters", "feeds", "postings", "pushes", "engines", "catalogs", "settings", "mappings"]


@pytest.mark.parametrize("scheme, locale, width", [("light", "en-US", 1440), ("dark", "es-AR", 1024), ("light", "es-AR", 390), ("dark", "en-US", 390)])
def test_axe_finds_no_violation(gateway, engines, new_page, picture, scheme, locale, width):
    """axe finds nothing: names, contrasts, landmarks, what the keyboard reaches. On telephones, with a banner."""
    bad_brands(gateway, 2)
    gateway.broker.queue_delete(engines)
    run_feed(gateway, "engine-status")
    page = new_page(locale=locale, color_scheme=scheme, viewport={"width": width, "height": 844})
    log_in_any(gateway, page)
    expect(page.locator("#banner")).to_be_visible(timeout=10_000)
    letter = gateway.database["gateway.deadLetters"].find_one({})["_id"]
    found = []
    for name in [*PAGES, "messages/try", f"dead-letters/{letter}"]:
        page.goto(f"{gateway.url}/#/{name}")
        expect(page.locator("main")).not_to_contain_text(re.compile("Loading|Cargando"))
        page.wait_for_timeout(300)
        picture(page, f"{width}-{scheme}-{locale[:2]}-{name.split('/')[0] + ('-one' if '/' in name else '')}")
        for violation in Axe().run(page).response["violations"]:
            found += [f"{name}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
    assert not found, "\n".join(found)
    if width < 700:
        height = page.evaluate("document.querySelector('main').getBoundingClientRect().top")
        assert height < 844 / 5, f"header and banner take {height} of 844 pixels"


def log_in_any(gateway, page):
    page.goto(gateway.url + "/")
    page.locator("#token").fill(OPERATOR)
    page.keyboard.press("Enter")
    expect(page.locator("#role")).to_be_attached()


def test_the_console_speaks_spanish(gateway, engines, new_page):
    """Reasons, errors, help and banner are translated with their values; what is not is marked as English."""
    page = new_page(locale="es-AR")
    log_in(gateway, page, OPERATOR, label="Token de acceso")
    bad_brands(gateway, 1)
    page.goto(gateway.url + "/#/dead-letters")
    expect(page.locator("#letters")).to_contain_text('/items/0: falta el campo "name"; agréguelo')
    page.goto(gateway.url + "/#/dead-letters?since=ayer")
    expect(page.locator("main").get_by_role("alert")).to_contain_text("'since': 'ayer' no es una fecha")
    page.goto(gateway.url + "/#/settings")
    expect(page.locator("tr", has_text="lanes")).to_contain_text("flujos ordenados en paralelo")
    help_texts = page.locator("main td .soft [lang=en]").all_inner_texts()
    assert not help_texts, f"settings without Spanish help: {help_texts}"
    gateway.broker.queue_delete(engines)
    page.goto(gateway.url + "/#/feeds")
    page.get_by_role("button", name="Ejecutar ahora: engine-status").click()
    expect(page.get_by_role("dialog")).to_contain_text("¿Ejecutar ahora la publicación engine-status?")
    page.get_by_role("dialog").get_by_role("button", name="Confirmar").click()
    expect(page.locator("#banner")).to_contain_text("envíos de engine-status desde", timeout=10_000)
    expect(page.locator("#banner")).to_contain_text("con ERROR")
    assert page.locator("html").get_attribute("lang") == "es"
    # What is left in English says so.
    assert page.locator("#banner li [lang=en]").all_inner_texts() == []


NOTES = """
routes:
  notes:
    from: { http: { method: PUT, path: "/notes/{id}", listener: api } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { id: { parameter: id, integer: true }, text: .text, user: .user, pin: .pin }
    to:
      - mongodb
      - websocket:
          topic: notes
          key: .user
          outcomes: [inserted, updated, unchanged]
          body: { type: { value: note }, note: .id, text: .text, pin: .pin }
  note-sockets:
    from: { websocket: { listener: api, path: /push, topic: notes, subscribe: { key: .user } } }
"""
NOTE = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogNote", "title": "Notes",
    "x-catalog": "catalogNote", "x-collection": "note", "x-key": ["id"], "type": "object", "required": ["id", "text"],
    "properties": {
        "id": {"type": "integer", "x-bson": "long"}, "text": {"type": "string"}, "user": {"type": "integer", "x-bson": "long"},
        "pin": {"type": "string", "x-secret": True},
    },
}


@pytest.fixture
def notes(new_gateway):
    """A gateway that takes notes by HTTP and pushes them to sockets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gateway = new_gateway("console", {
        "HTTP_LISTENERS_API_PORT": str(port), "HTTP_LISTENERS_API_HOST": "127.0.0.1", "DEFINITIONS_DIRECTORY": "definitions",
        "MAPPINGS_DIRECTORY": "mappings"})
    gateway.api = port
    (gateway.directory / "definitions").mkdir()
    (gateway.directory / "definitions/catalogNote.json").write_text(json.dumps(NOTE))
    gateway.mappings.mkdir()
    (gateway.mappings / "notes.yaml").write_text(NOTES)
    gateway.start()
    return gateway


def put_note(gateway, number, **note):
    """The status of the answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{gateway.api}/notes/{number}", json.dumps(note).encode(), method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_overview_shows_requests_and_connections(notes, new_page, picture):
    assert [put_note(notes, 1, text="a", user=1), put_note(notes, 1, text="b", user=1), put_note(notes, 2, user=1)] == [201, 200, 400]
    page = new_page()
    log_in(notes, page, VIEWER)
    page.goto(notes.url + "/#/overview")
    requests = page.locator("tr", has=page.locator("strong", has_text=re.compile("^notes$")))
    expect(requests).to_contain_text("PUT /notes/{id} · listener api")
    expect(requests).to_contain_text("Answers: 2xx 2 · 4xx 1")
    expect(requests).not_to_contain_text("connections")
    sockets = page.locator("tr", has=page.locator("strong", has_text=re.compile("^note-sockets$")))
    expect(sockets).to_contain_text("WebSocket /push · listener api")
    expect(sockets).to_contain_text("Open connections: 0")
    with connect(f"ws://127.0.0.1:{notes.api}/push"):
        with connect(f"ws://127.0.0.1:{notes.api}/push"):
            expect(sockets).to_contain_text("Open connections: 2")
            picture(page, "overview-requests")
        expect(sockets).to_contain_text("Open connections: 1")
    expect(sockets).to_contain_text("Open connections: 0")
    assert "PUT /notes/{id} (api)" in notes.command("status") and "WebSocket /push (api)" in notes.command("status")


def test_pushes_are_shown(notes, new_page, picture):
    """The newest first, without secrets, as they come; filtered with the keyboard; one as a whole."""
    for number in range(1, 4):
        assert put_note(notes, number, text="x" * 300 if number == 1 else f"t{number}", user=number % 2, pin="1234-secret") == 201
    page = new_page()
    log_in(notes, page, VIEWER)
    page.goto(notes.url + "/#/pushes")
    rows = page.get_by_role("region", name="Pushes").locator("tbody tr")
    expect(rows).to_have_count(3)
    for number, row in zip((3, 2, 1), rows.all()):
        expect(row).to_contain_text(f'"note":{number},')
    assert "1234-secret" not in page.content(), "a secret is shown"
    connections = page.get_by_role("region", name="Open connections").locator("tbody tr")
    expect(connections).to_contain_text("note-sockets")
    with connect(f"ws://127.0.0.1:{notes.api}/push"):
        expect(connections).to_contain_text(re.compile("/push.*1", re.S))
    # What comes is on the list, or waits behind a button while somebody reads.
    page.mouse.move(0, 0)
    put_note(notes, 4, text="t4", user=1)
    expect(rows).to_have_count(4)
    rows.first.hover()
    put_note(notes, 5, text="t5", user=1)
    put_note(notes, 6, text="t6", user=2)
    expect(page.locator(".pill button")).to_have_text("2 new")
    expect(rows).to_have_count(4)
    picture(page, "pushes")
    page.locator(".pill button").click()
    expect(rows).to_have_count(6)
    expect(rows.first).to_contain_text("t6")

    page.get_by_label("Key").focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(4)
    page.get_by_label("Topic").focus()
    page.keyboard.type("others")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Nothing was pushed in the last hour.")
    page.goto(notes.url + "/#/pushes?topic=notes&key=1")
    expect(rows).to_have_count(4)
    assert "x" * 250 not in page.content(), "a long body is cut"
    rows.last.get_by_role("link", name="Show").press("Enter")
    expect(page.locator("pre")).to_contain_text("x" * 300)
    expect(page.locator("pre")).to_contain_text('"pin": "(secret)"')
    picture(page, "push")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Key")).to_have_value("1")

    lines = [json.loads(line) for line in notes.command("pushes", "--key", "1", "--limit", "3", "--format", "json").splitlines()]
    assert [(one["topic"], one["key"], json.loads(one["body"])["note"]) for one in lines] == [("notes", "1", n) for n in (5, 4, 3)]
    assert "t6" in notes.command("pushes", "--topic", "notes") and notes.command("pushes", "--topic", "others") == ""


def test_more_pushes_than_the_page_holds(notes, new_page):
    """The page has the newest 200, and none of them is missing in between."""
    page = new_page()
    log_in(notes, page, VIEWER)
    page.goto(notes.url + "/#/pushes")
    rows = page.get_by_role("region", name="Pushes").locator("tbody tr")
    put_note(notes, 0, text="t", user=1)
    expect(rows).to_have_count(1)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: put_note(notes, number, text="t", user=1), range(1, 301))) == {201}
    expect(rows).to_have_count(200, timeout=10_000)
    page.wait_for_timeout(2500)
    shown = [int(re.search('"note":(\\d+)', row)[1]) for row in rows.all_inner_texts()]
    newest = [json.loads(row["body"])["note"] for row in notes.database["gateway.pushes"].find().sort("registeredAt", -1).limit(200)]
    assert set(shown) == set(newest)


def test_long_pushes_that_came_while_the_page_was_away(notes, new_page):
    """They are more than one answer has: the list begins anew, so that none is missing between two of its rows."""
    page = new_page()
    log_in(notes, page, VIEWER)
    page.goto(notes.url + "/#/pushes")
    rows = page.get_by_role("region", name="Pushes").locator("tbody tr")
    put_note(notes, 0, text="t", user=1)
    expect(rows).to_have_count(1)
    page.context.set_offline(True)
    last = 150
    for number in range(1, last + 1):
        put_note(notes, number, text="t" * 40_000, user=1)
    page.context.set_offline(False)
    expect(rows.first).to_contain_text(f'"note":{last},', timeout=15_000)
    shown = [int(re.search('"note":(\\d+)', row)[1]) for row in rows.all_inner_texts()]
    assert shown == list(range(last, last - len(shown), -1)) and 50 < len(shown) < last


@pytest.mark.parametrize("scheme, locale, width", [("light", "en-US", 1440), ("dark", "es-AR", 1024), ("light", "es-AR", 390), ("dark", "en-US", 390)])
def test_axe_finds_no_violation_where_there_are_pushes(notes, new_page, picture, scheme, locale, width):
    for number in range(4):
        put_note(notes, number, text="a long text, " * 30 if number == 2 else "t", user=1)
    page = new_page(locale=locale, color_scheme=scheme, viewport={"width": width, "height": 844})
    log_in_any(notes, page)
    found = []
    one = json.loads(notes.read("/api/pushes"))["pushes"][0]["id"]
    for name in ["overview", "pushes", f"pushes/{one}"]:
        page.goto(f"{notes.url}/#/{name}")
        expect(page.locator("main")).not_to_contain_text(re.compile("Loading|Cargando"))
        page.wait_for_timeout(300)
        picture(page, f"{width}-{scheme}-{locale[:2]}-notes-{name.split('/')[0] + ('-one' if '/' in name else '')}")
        for violation in Axe().run(page).response["violations"]:
            found += [f"{name}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the page"
        if locale == "es-AR":
            expect(page.locator("main h1")).to_have_text("Resumen" if name == "overview" else "Avisos")
    assert not found, "\n".join(found)


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


def test_a_stream_of_events_goes_on_where_it_was(gateway):
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
    assert total == 2, f"{total} items reported, 2 were missed"
    other = Stream(gateway, "status", "0-" + last.split("-")[1])
    assert [other.next()[1], other.next()[1]] == ["gap", "status"], "of another run: a gap, then it begins anew"
    for one in (again, other):
        one.answer.close()


def test_a_web_socket_of_the_page_and_of_a_foreign_page(gateway, page):
    """A WebSocket from the console's own page, which has nothing but its cookie, and from a page of another origin."""
    script = """address => new Promise(done => {
        const socket = new WebSocket(address);
        socket.onopen = () => socket.send('{"type":"subscribe","topic":"status"}');
        socket.onmessage = event => JSON.parse(event.data).type === "event" && done("followed");
        socket.onclose = event => done("closed " + event.code);
    })"""
    address = gateway.url.replace("http", "ws") + "/ws"
    assert page.evaluate(script, address) == "followed", "the console's own page cannot follow"
    foreign = page.context.new_page()
    foreign.goto("about:blank")
    told = foreign.evaluate(script, address)
    assert told == "closed 1006", f"a foreign page: {told}"
    foreign.close()
