"""Who may read the operator page, and who may act: by plain HTTP, as scripts and attackers speak it."""

import http.client
import json
import socket
import stat
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest

from crawler.source import Source
from scheduler.sources import reconcile
from scheduler.web.credentials import token_file
from sql.database import connect
from tests.support.cli import configuration, out, tidings, told
from tests.support.loading import ask
from tests.support.operating import OperatorPage, fill

TOKEN = "a-token-of-the-tests"
FORM = "application/x-www-form-urlencoded"
HTML = {"Accept": "text/html"}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def cookies(self):
        """Names and values that are to be sent back."""
        pairs = [line.partition(";")[0] for line in self.headers.get_all("Set-Cookie", [])]
        return "; ".join(pair for pair in pairs if not pair.endswith('=""') and not pair.endswith("="))


class Client:
    """Sends requests with whatever headers, ``Host`` among them, and follows nowhere."""

    def __init__(self, page):
        self.host = page.address.removeprefix("http://")
        self.page = page

    def ask(self, method, path, *, body=None, **headers):
        """One request."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read().decode())
        connection.close()
        return found

    def get(self, path, **headers):
        """Read a page."""
        return self.ask("GET", path, **headers)

    def send(self, path, fields=None, **headers):
        """Send a form as a page of ours would."""
        ours = {"Origin": self.page.address, "Content_Type": FORM} | headers
        sent = {name: value for name, value in ours.items() if value is not None}
        return self.ask("POST", path, body=urlencode(fields or {}), **sent)

    def session(self, token=None, **headers):
        """The cookie of a new session, and what its forms have in them."""
        answer = self.send("/login", {"token": token or self.page.token}, **headers)
        assert answer.status == 303, answer.text
        _, session = answer.cookies.split("=", 1)
        signer = self.page.server.gate.signer
        return answer.cookies, signer.form_token(signer.session(session))


@pytest.fixture(scope="module")
def filled(server, template):
    """A database with a source that has had everything befall it."""
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def opened_page(filled, tmp_path_factory):
    """A page on loopback without a token of its own."""
    with OperatorPage(filled, tmp_path_factory.mktemp("page")) as opened:
        opened.do(fill(filled, opened.database))
        yield opened


@pytest.fixture
def page(opened_page):
    """The same, with nothing done yet."""
    for statement in ("DELETE FROM tidings.actions", "UPDATE tidings.sources SET state = 'enabled'"):
        opened_page.do(ask(opened_page.database, f"{statement} RETURNING 1"))
    return opened_page


@pytest.fixture(scope="module")
def guarded(filled, tmp_path_factory):
    """A page that asks everybody for its token, for it can be reached from elsewhere."""
    web = {"listen": "0.0.0.0:0", "token": TOKEN, "hosts": ["news.example"]}
    with OperatorPage(filled, tmp_path_factory.mktemp("guarded"), **web) as opened:
        opened.address = opened.address.replace("0.0.0.0", "127.0.0.1")
        yield opened


def state(page):
    return page.do(ask(page.database, "SELECT state::text FROM tidings.sources"))[0]["state"]


def done(page):
    rows = page.do(
        ask(page.database, "SELECT action, source, url, taken_by FROM tidings.actions ORDER BY action_id")
    )
    return [(row["action"], row["source"]) for row in rows if row["taken_by"].startswith("page, from 127.0.0.1")]


def test_without_a_token_of_its_own_reading_is_open_and_acting_is_not(page):
    """On loopback everybody reads; no form is shown, and none is taken, before the token was given."""
    client = Client(page)
    shown = client.get("/sources/gazette")
    assert shown.status == 200
    assert 'method="post"' not in shown.text
    refused = client.send("/sources/gazette/pause")
    assert (refused.status, state(page)) == (403, "enabled")
    cookie, form_token = client.session()
    assert 'action="/sources/gazette/pause" method="post"' in client.get("/sources/gazette", Cookie=cookie).text
    sent = client.send("/sources/gazette/pause", {"form_token": form_token, "back": "/runs?a=b"}, Cookie=cookie)
    assert (sent.status, sent.headers["Location"], state(page)) == (303, "/runs?a=b", "disabled")
    assert done(page) == [("disable", "gazette")]


def test_the_daemons_own_token_is_for_its_user_alone(page, database_url, tmp_path):
    """It is made once, in a file that nobody else reads, is told by a command, and is nowhere in the log."""
    path = token_file(page.configuration)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with OperatorPage(database_url, path.parent) as again:
        assert again.token == page.token
    assert len(page.token) >= 32
    config = configuration(tmp_path, database={"data_dir": str(path.parent)})
    assert out(tidings("web", "token", "--config", config)) == f"{page.token}\n"
    none_yet = configuration(tmp_path, database={"data_dir": str(tmp_path / "none")})
    assert "web-token is not there yet: 'tidings run' makes it" in told(
        tidings("web", "token", "--config", none_yet), 2
    )


def test_a_data_folder_that_cannot_be_written_costs_the_actions_alone(database_url, tmp_path):
    """The page is read as ever, and the log-in says what to do."""
    (tmp_path / "file").touch()
    with OperatorPage(database_url, tmp_path / "file" / "data") as page:
        client = Client(page)
        assert client.get("/").status == 200
        assert "Set <code>[web] token</code>" in client.get("/login").text
        assert client.send("/login", {"token": ""}).status == 403


def test_with_a_token_every_page_asks_for_it(guarded):
    """A person is sent to the log-in, a program is told; only health, the log-in and its files are open."""
    client = Client(guarded)
    for path in guarded.paths:
        path = path.format(name="x", run_id="1", article_id="1", digest="0", name_="")  # noqa: PLW2901
        answer = client.get(path, **HTML)
        is_open = path in {"/healthz", "/readyz", "/login", "/style.css", "/icon.svg"} or "/static/" in path
        assert (answer.status == 303) != is_open, path
        if not is_open:
            assert answer.headers["Location"] == f"/login?next={quote(path)}"
    told = client.get("/runs")
    assert (told.status, told.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get("/runs", Authorization=f"Bearer {TOKEN}").status == 200
    cookie, _ = client.session(TOKEN)
    assert client.get("/runs", Cookie=cookie, **HTML).status == 200
    assert client.get("/healthz", Host="10.1.2.3:8411").status == 200


def test_a_session_is_kept_from_scripts_other_sites_and_plain_connections(guarded):
    """HttpOnly, SameSite=Strict, for some hours; Secure and of this host alone where a proxy has https."""
    client = Client(guarded)
    plain = client.send("/login", {"token": TOKEN}).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    forwarded = {"X_Forwarded_Proto": "https", "Host": "news.example", "Origin": "https://news.example"}
    secure = client.send("/login", {"token": TOKEN}, **forwarded).headers["Set-Cookie"]
    assert secure.startswith("__Host-tidings-")
    assert "Secure" in secure


def test_a_forged_or_altered_session_is_none(guarded):
    """Neither another signature, nor another end, nor the seal of something else opens a page."""
    client = Client(guarded)
    cookie, _ = client.session(TOKEN)
    name, value = cookie.split("=", 1)
    end, body, signature = value.split(".")
    message = guarded.server.gate.signer.message(words="x")
    forgeries = (
        f"{int(end) + 1}.{body}.{signature}", f"{end}.{body}.{signature[:-1]}0g", f"{end}.{body}.", message, "..",
        "é", f"nan.{body}.{signature}",
    )  # fmt: skip
    for forged in forgeries:
        assert client.get("/", Cookie=f"{name}={forged}").status == 401


def test_a_changed_token_ends_all_sessions_and_a_restart_none(database_url, tmp_path):
    """Sessions are signed with what the token is."""
    kept = {"listen": "127.0.0.1:0", "token": TOKEN}
    with OperatorPage(database_url, tmp_path, **kept) as page:
        cookie, _ = Client(page).session(TOKEN)
    with OperatorPage(database_url, tmp_path, **kept) as page:
        assert Client(page).get("/", Cookie=cookie).status == 200
    with OperatorPage(database_url, tmp_path, **kept | {"token": f"{TOKEN}!"}) as page:
        value = cookie.partition("=")[2]
        renamed = f"{page.server.gate.signer.session_cookie}={value}"
        assert [Client(page).get("/", Cookie=sent).status for sent in (cookie, renamed)] == [401, 401]


def test_logging_out_ends_the_session(guarded):
    """On both sides: the cookie is taken back, and worth nothing to whoever kept it."""
    client = Client(guarded)
    cookie, form_token = client.session(TOKEN)
    left = client.send("/logout", {"form_token": form_token}, Cookie=cookie)
    assert "Max-Age=0" in left.headers["Set-Cookie"]
    assert client.get("/", Cookie=cookie).status == 401


def test_guessing_is_slowed_down(guarded):
    """After some wrong tokens an address has to wait, whichever way it tries; others are not kept waiting."""
    client = Client(guarded)
    guesser, other = {"X_Forwarded_For": "203.0.113.8"}, {"X_Forwarded_For": "10.0.0.1, 203.0.113.9"}
    for number in range(10):
        last = client.send("/login", {"token": f"guess-{number}"}, **guesser)
        assert last.status == (403 if number < 5 else 429)
    assert int(last.headers["Retry-After"]) >= 1
    assert client.send("/login", {"token": TOKEN}, **guesser).status == 429
    assert client.get("/", Authorization=f"Bearer {TOKEN}", **guesser).status == 429
    assert client.send("/login", {"token": TOKEN}, **other).status == 303


@pytest.mark.parametrize(
    "forged",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://[evil"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(page, forged):
    """Even with the session's cookie and its form token: the browser says where it comes from."""
    client = Client(page)
    cookie, form_token = client.session()
    sent = client.send("/sources/gazette/pause", {"form_token": form_token}, Cookie=cookie, **forged, **HTML)
    assert (sent.status, state(page)) == (403, "enabled")
    assert "Nothing was done" in sent.text


@pytest.mark.parametrize("form_token", ["", "0" * 64, "é"])
def test_a_form_without_its_sessions_token_is_refused(page, form_token):
    """As it would be if a page of ours were made to send it; so with the form token of another session."""
    client = Client(page)
    cookie, _ = client.session()
    _, of_another = client.session()
    for given in (form_token, of_another):
        sent = client.send("/sources/gazette/pause", {"form_token": given}, Cookie=cookie)
        assert (sent.status, state(page)) == (403, "enabled")


def test_scripts_act_by_a_header(page):
    """No session and no form token, for no browser sends this header by itself; the answer is a line of text."""
    client = Client(page)
    bearer = {"Authorization": f"Bearer {page.token}", "Origin": None}
    paused = client.send("/sources/gazette/pause", **bearer)
    assert (paused.status, paused.text) == (200, "gazette is paused: no run of it begins by itself.\n")
    assert client.send("/sources/gazette/pause", **bearer).text == "gazette is paused already.\n"
    assert client.send("/sources/none/pause", **bearer).status == 404
    assert "Bearer TOKEN" in client.send("/sources/gazette/resume", Origin=None).text
    assert client.send("/sources/gazette/resume", **bearer | {"Authorization": "Bearer wrong"}).status == 401
    assert client.send("/urls/retry", **bearer).status == 400
    assert client.send("/urls/retry", {"url": "https://nobody.example/"}, **bearer).status == 409
    assert state(page) == "disabled"
    assert done(page) == [("disable", "gazette")]


def test_a_pause_outlives_reloads_and_restarts(page):
    """A source of the configuration file stays paused when the file is applied again, changed or not."""
    assert Client(page).send("/sources/gazette/pause", Authorization=f"Bearer {page.token}").status == 200
    for every in ("15m", "15m", "20m"):
        gazette = Source(name="gazette", url="https://gazette.example/", every=every)
        with connect(page.database_url) as connection:
            reconcile(connection, [gazette], origin="file", everything=False)
        assert state(page) == "disabled"


def test_what_commands_do_is_on_record_too(page):
    """With user and host, beside what was done on the page."""
    out(tidings("sources", "disable", "gazette", TIDINGS_DATABASE_URL=page.database_url))
    (row,) = page.do(ask(page.database, "SELECT action, source, taken_by FROM tidings.actions"))
    assert (row["action"], row["source"]) == ("disable", "gazette")
    assert row["taken_by"].startswith("command of ")
    assert row["taken_by"] in Client(page).get("/actions").text


def test_reading_changes_nothing(page):
    """No address that acts answers to GET or HEAD, and only three methods are known."""
    client = Client(page)
    cookie, _ = client.session()
    for path in ("/sources/gazette/run", "/sources/gazette/pause", "/quarantine/drop", "/urls/retry", "/logout"):
        for method in ("GET", "HEAD"):
            assert client.ask(method, path, Cookie=cookie).status == 405
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        refused = client.ask(method, "/")
        assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD,POST"), method
    assert done(page) == []
    assert client.get("/runs", Cookie=cookie).status == 200


def test_what_is_sent_is_bounded(page):
    """A body that is too long, or no form, is refused; so is a path with a zero byte."""
    client = Client(page)
    cookie, form_token = client.session()
    long = client.send("/urls/retry", {"form_token": form_token, "url": "x" * 20_000}, Cookie=cookie)
    assert long.status == 413
    bare = {"Cookie": cookie, "Origin": page.address}
    for kind in ("multipart/form-data; boundary=x", "application/json", "text/plain"):
        assert client.ask("POST", "/urls/retry", body="{}", Content_Type=kind, **bare).status == 415
    assert client.get("/runs?source=%00").status == 200
    assert client.get("/runs/%00").status == 404


def test_a_form_that_never_arrives_is_given_up(page, monkeypatch):
    """Whoever sends half of one does not keep us waiting for ever."""
    monkeypatch.setattr("scheduler.web.access._FORM_SECONDS", 0.2)
    host, port = Client(page).host.split(":")
    head = f"POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: {FORM}\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as half:
        half.sendall(f"{head}Content-Length: 50\r\n\r\ntoken=".encode())
        assert b" 408 " in half.recv(1000)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("evil.example", False),
        ("evil.example:{port}", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.1.2.3:{port}", False),
        ("[evil", False),
        ("", False),
        ("localhost:1", True),
        ("LOCALHOST.", True),
        ("tidings.localhost:{port}", True),
        ("[::1]:{port}", True),
        ("127.9.9.9", True),
    ],
)
def test_a_name_that_was_pointed_at_us_is_refused(page, host, is_ours):
    """DNS rebinding: a site whose name leads to loopback reads nothing. Names of this machine are ours."""
    host = host.format(port=page.address.rpartition(":")[2])
    assert Client(page).get("/", Host=host).status == (200 if is_ours else 421)


def test_a_proxys_name_and_any_address_are_ours_where_we_listen_everywhere(guarded):
    """The names of [web] hosts are ours, and addresses, which nobody can point elsewhere; others are not."""
    client = Client(guarded)
    for host, status in (("news.example", 303), ("10.1.2.3:80", 303), ("other.example", 421)):
        assert client.get("/", Host=host, **HTML).status == status


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
     "javascript:1", "/\r\nSet-Cookie: a=b", " /", "", "/ü"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(page, target):
    """Neither after the log-in nor after an action, whatever the address says: the overview it is."""
    client = Client(page)
    logged_in = client.send("/login", {"token": page.token, "next": target})
    assert (logged_in.status, logged_in.headers["Location"]) == (303, "/")
    cookie, form_token = client.session()
    assert client.get(f"/login?next={quote(target)}", Cookie=cookie).headers["Location"] == "/"
    acted = client.send("/sources/gazette/pause", {"form_token": form_token, "back": target}, Cookie=cookie)
    assert (acted.status, acted.headers["Location"]) == (303, "/")


def test_a_message_is_told_once_and_cannot_be_planted(page):
    """What an action came to is on the next page and no other; a cookie that we did not sign says nothing."""
    client = Client(page)
    cookie, form_token = client.session()
    paused = client.send("/sources/gazette/pause", {"form_token": form_token}, Cookie=cookie)
    name, _, value = paused.cookies.partition("=")
    both = f"{cookie}; {name}={value}"
    assert "gazette is paused" not in client.get("/runs", Cookie=cookie).text
    assert "Set-Cookie" not in client.get("/runs", Cookie=both, X_Live="1").headers
    shown = client.get("/runs", Cookie=both)
    assert "gazette is paused" in shown.text
    assert f'{name}=""; ' in shown.headers["Set-Cookie"]
    planted = client.get("/runs", Cookie=f"{cookie}; {name}={value[:-1]}x")
    assert "gazette is paused" not in planted.text


def test_every_answer_has_the_headers_that_keep_a_browser_in_check(page):
    """Nothing inline or from elsewhere, in no frame; pages are not kept, files are under their digest."""
    client = Client(page)
    for path in ("/", "/none", "/healthz", "/login", "/actions", "/style.css"):
        headers = client.get(path, **HTML).headers
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
        assert set(policy.values()) == {"'self'"}
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == ("no-cache" if path == "/style.css" else "no-store")
        assert headers["Server"] == "tidings"
    address = page.server.site.files.address("live.js")
    script = client.get(address)
    assert "immutable" in script.headers["Cache-Control"]
    assert client.get(address, If_None_Match=script.headers["ETag"]).status == 304
    older = client.get("/static/0/live.js")
    assert (older.text == script.text, older.headers["Cache-Control"]) == (True, "no-cache")
    assert client.get("/static/0/..%2Fsite.py").status == 404


def test_no_page_has_anything_inline(page):
    """Neither script nor style nor handler stands in a page: the policy would have a browser drop it."""
    client = Client(page)
    cookie, _ = client.session()
    for path in ("/", "/login", "/actions", "/sources/gazette", "/quarantine"):
        text = client.get(path, Cookie=cookie, **HTML).text
        assert "http-equiv" not in text
        assert " style=" not in text
        assert text.count("<script") == text.count('<script src="/static/')


def test_actions_wait_for_the_database_and_the_start(database_url, tmp_path):
    """They are refused in a word, and nothing is left to happen later."""
    with OperatorPage(database_url, tmp_path / "a", acts=False) as page:
        bearer = {"Authorization": f"Bearer {page.token}"}
        early = Client(page).send("/sources/gazette/pause", **bearer)
        assert (early.status, early.text) == (503, "Nothing was done: the daemon is still starting.\n")
    with OperatorPage(database_url, tmp_path / "b", error="connection refused") as page:
        bearer = {"Authorization": f"Bearer {page.token}"}
        away = Client(page).send("/sources/gazette/pause", **bearer)
        assert (away.status, "connection refused" in away.text) == (503, True)
        shown = Client(page).get("/", **HTML)
        assert (shown.status, "connection refused" in shown.text) == (503, True)
        assert "badge alarm" in shown.text


def test_a_defect_of_a_page_is_told_and_ends_nothing(page, monkeypatch):
    """In a browser it is a page; the next one is well."""

    def broken(*_args, **_more):
        raise ZeroDivisionError("<b>by hand</b>")

    client = Client(page)
    with monkeypatch.context() as patched:
        patched.setattr(page.server.site, "fetch", broken)
        answer = client.get("/actions", **HTML)
    assert (answer.status, "by hand" in answer.text, "web.broken" in answer.text) == (500, False, True)
    assert client.get("/actions").status == 200
    assert json.loads(client.get("/healthz").text)["status"] == "alive"
