"""Reading the configuration, and saying what is wrong with it."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from crawler.configuration import (
    Configuration,
    ConfigurationError,
    DatabaseSettings,
    RetentionSettings,
    find_file,
    for_worker,
    load,
    settings,
    shown,
)
from crawler.source import Source
from scheduler.timetable import trigger_for

TOKEN = "an-0perator's-token"

GOOD = """\
[database]
url = "postgresql://reader:hunter2@db.example/news"

[crawl]
delay = "1500ms"
allow_networks = ["127.0.0.0/8"]

[[source]]
name = "gazette"
url = "https://gazette.example/"
feeds = ["https://gazette.example/feed.xml"]
every = "15m"

[[source]]
name = "courier"
url = "https://courier.example/"
cron = "*/10 6-22 * * mon-fri"
timezone = "Asia/Kolkata"
"""


@pytest.fixture
def written(tmp_path):
    """Writes a configuration file."""

    def write(text):
        path = tmp_path / "tidings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_is_read(written):
    """Every kind of value arrives in its type."""
    configuration = load(written(GOOD), {})
    assert configuration.crawl.delay == timedelta(seconds=1.5)
    assert str(configuration.crawl.allow_networks[0]) == "127.0.0.0/8"
    assert [source.name for source in configuration.source] == ["gazette", "courier"]
    assert configuration.source[1].timezone == "Asia/Kolkata"


def test_no_file_means_defaults(monkeypatch, tmp_path):
    """Without file and environment the defaults stand."""
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Configuration()


def test_the_file_is_looked_for_in_order(monkeypatch, tmp_path):
    """Given, else $TIDINGS_CONFIG, else ./tidings.toml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tidings.toml").touch()
    assert str(find_file(None, {})) == "tidings.toml"
    assert str(find_file(None, {"TIDINGS_CONFIG": "a.toml"})) == "a.toml"
    assert find_file(tmp_path / "b.toml", {"TIDINGS_CONFIG": "a.toml"}) == tmp_path / "b.toml"


def test_the_environment_overrides_the_file(written):
    """Every scalar has a variable, lists are separated by commas."""
    environ = {
        "TIDINGS_CRAWL_DELAY": "3s",
        "TIDINGS_CRAWL_ALLOW_PORTS": "80, 8080",
        "TIDINGS_LOG_LEVEL": "debug",
        "TIDINGS_CRAWL_CONCURRENCY_PER_HOST": "2",
    }
    configuration = load(written(GOOD), environ)
    assert configuration.crawl.delay == timedelta(seconds=3)
    assert configuration.crawl.allow_ports == (80, 8080)
    assert configuration.crawl.concurrency_per_host == 2
    assert configuration.log.level == "debug"


def test_a_secret_may_come_from_a_file(written, tmp_path):
    """NAME_FILE names a file whose content, without the last line end, is the value."""
    secret = tmp_path / "secret"
    secret.write_text("postgresql://writer@db.example/news\n", encoding="utf-8")
    configuration = load(written(GOOD), {"TIDINGS_DATABASE_URL_FILE": str(secret)})
    assert configuration.database.url.get_secret_value() == "postgresql://writer@db.example/news"


def test_what_is_kept_for_ever_has_a_word(written):
    """A time, or "forever", in the file, in the environment, and as it is shown and handed to workers."""
    assert load(written(""), {}).retention.articles == "forever"
    configuration = load(written('[retention]\narticles = "2d"'), {"TIDINGS_RETENTION_PAGES": "forever"})
    assert shown(configuration)["retention"] == {"articles": "2d", "pages": "forever"}
    assert RetentionSettings.model_validate(shown(configuration)["retention"]) == configuration.retention


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x =", "not TOML"),
        ("[crawl]\n\ndelay = '1x'", ":3: crawl.delay: '1x' is not a duration"),
        ("[crawl]\nworkers = 0", ":2: crawl.workers: "),
        ("[crawl]\nwokers = 2", ":2: crawl.wokers: no such key"),
        ("[databse]\nurl = 'x'", ":1: databse: no such key"),
        ("[crawl]\nworkers = 'many'", ":2: crawl.workers: must be a whole number"),
        ("[crawl]\nworkers = 257", ":2: crawl.workers: must be at most 256"),
        ("[crawl]\ntimeout = 0", ":2: crawl.timeout: must be at least 0.001s"),
        ("[crawl]\ntimeout = true", ":2: crawl.timeout: True is not a duration"),
        ("[crawl]\ntimeout = 1e30", ":2: crawl.timeout: 1e+30 is too long"),
        ("[crawl]\nuser_agent = ''", ":2: crawl.user_agent: must not be empty"),
        ("[crawl]\nspool_dir = ''", ":2: crawl.spool_dir: must not be empty"),
        ("[crawl]\nallow_ports = [80, 65536]", ":2: crawl.allow_ports: must be at most 65535"),
        ("[crawl]\nallow_ports = 80", ":2: crawl.allow_ports: must be a list"),
        ("[crawl]\nallow_networks = ['10.0.0.1/8']", ":2: crawl.allow_networks: 10.0.0.1/8 has host bits set"),
        ("[log]\nlevel = 'loud'", ":2: log.level: must be 'debug', "),
        ("[retention]\narticles = 400", ':2: retention.articles: must be from "1d" to "36500d", or "forever"'),
        ("[retention]\npages = 'long'", ":2: retention.pages: 'long' is not a duration"),
        ("crawl = 3", ":1: crawl: must be a table"),
        (
            "[web]\n\nlisten = '0.0.0.0:80'",
            ":3: web.listen: '0.0.0.0:80' is not a loopback address, and anybody could",
        ),
        ("[web]\ntoken = 'open-sesame'", ":2: web.token: must be at least 16 letters, digits and signs"),
        ("[web]\ntoken = 'a phrase with spaces'", ":2: web.token: must be at least 16 letters, digits and signs"),
        (
            "[web]\nhosts = ['https://a.example']",
            ":2: web.hosts: 'https://a.example' is not a host name: write it",
        ),
        ("[web]\nproxies = ['a.example']", ":2: web.proxies: 'a.example' does not appear to be an IPv4 or IPv6"),
        (
            "[web]\nlisten = '127.0.0.1:65536'",
            ":2: web.listen: '127.0.0.1:65536' is not an address with a port up",
        ),
        ("[web]\nlisten = '8411'", ":2: web.listen: '8411' is not an address with a port up to 65535; write it"),
        ("[source]\nname = 'a'\nurl = 'https://a.example/'", ":1: source: write [[source]], with two brackets"),
        (
            "[[source]]\nname = 'A b'\nurl = 'https://a.example/'",
            ":2: source 'A b', name: use 1 to 64 of a-z, 0-9 and",
        ),
        ("[[source]]\nname = 'a'\nurl = 'ftp://a.example/'", ":3: source 'a', url: "),
        (
            "[[source]]\nname = 'a'\nurl = 'http://[a/'",
            ":3: source 'a', url: 'http://[a/' is not an http or https",
        ),
        (
            "[[source]]\nname = 'a'\nurl = 'http://a:65536/'",
            ":3: source 'a', url: 'http://a:65536/' is not an http",
        ),
        ("[[source]]\nname = 'a'\nurl = 'https://a.example/'\nevery = '0s'", "every: must be at least 1s"),
        ("[[source]]\nname = 'a'\nurl = 'https://a.example/'\nevery = 'often'", ":4: source 'a', every: "),
        ("[[source]]\nname = 'a'\nurl = 'https://a.example/'\ntimezone = 'Mars'", "not an IANA time zone"),
        ("[[source]]\nname = 'a'\nurl = 'https://a.example/'\ncron = '61 * * * *'", ":4: source 'a', cron: "),
        (
            "[[source]]\nname = 'a'\nurl = 'https://a.example/'\nevery = '1h'\ncron = '1 * * * *'",
            ":1: source 'a': has both every and cron",
        ),
        (
            "[[source]]\nname = 'a'\nurl = 'https://a.example/'\nfreshness = '20m'\ncron = '1 * * * *'",
            ":1: source 'a': has both freshness and cron; keep one of them",
        ),
        (
            "[[source]]\nname = 'a'\nurl = 'https://a.example/'\nfreshness = '20m'\nevery = '1h'",
            ":1: source 'a': has both freshness and a fixed every; keep one of them, or write every = \"auto\"",
        ),
        (
            "[[source]]\nname = 'a'\nurl = 'https://a.example/'\nfreshness = '1m'",
            ":4: source 'a', freshness: must be at least 2m",
        ),
        (
            "[[source]]\nname = 'a'\nurl = 'https://a.example/'\nevery = 'autom'",
            ":4: source 'a', every: 'autom' is",
        ),
        ("[[source]]\nurl = 'https://a.example/'", ":1: source number 1, name: is missing"),
        ("[[source]]\nname = 'a'\nurl = 'https://a.example/'\n" * 2, "two sources are named 'a'"),
    ],
)
def test_a_wrong_file_names_place_and_key(written, text, message):
    """The one line of an error says file, line where there is one, key, and what is wrong."""
    path = written(text)
    with pytest.raises(ConfigurationError) as caught:
        load(path, {}, check_source=trigger_for)
    line = str(caught.value)
    assert line.startswith(f"{path}:")
    assert message in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("\n[[source.rules]]\nremoves = '.a'", ":6: source 'a', rules number 1, removes: no such key"),
        (
            "\n[[source.rules]]\n\n[[source.rules]]\nremove = '.a'",
            ":5: source 'a', rules number 1: says nothing: write",
        ),
        (
            "[[source.rules]]\nfields.headline = 'h1['",
            ":5: source 'a', rules number 1, fields.headline: 'h1[' is not a",
        ),
        (
            "[[source.rules]]\nfields.headline = '//h1['",
            ":5: source 'a', rules number 1, fields.headline: '//h1[' is not",
        ),
        (
            "[[source.rules]]\n[source.rules.fields]\nhead = 'h1'",
            ":6: source 'a', rules number 1, fields.head: must be",
        ),
        (
            "[[source.rules]]\n[source.rules.fields.authors]\nmatch = 'a'\nxpath = 'x:y()'",
            ":5: source 'a', rules number 1, fields.authors: 'x:y()' is not an XPath: undefined namespace prefix",
        ),
        (
            "[[source.rules]]\nfields = { headline = { cs = 'a' } }",
            ":5: source 'a', rules number 1, fields.headline: 'cs'",
        ),
        ("[[source.rules]]\nfields.headline = { attribute = 'a' }", "must have one of css and xpath"),
        ("[[source.rules]]\nfields.headline = { css = 'a', match = '(a*)*' }", "'(a*)*' could take minutes"),
        ("[[source.rules]]\nfields.headline = { xpath = 'count(//a)' }", "gives neither elements nor text"),
        ("[[source.rules]]\nfields.headline = []", "has no expression: leave it out, or write one"),
        ("[[source.rules]]\nfields.article_body = { css = 'p', match = 'a' }", "takes elements whole: leave out"),
        ("[[source.rules]]\nfields = 'h1'", ":5: source 'a', rules number 1, fields: must be a table"),
        (
            "[[source.rules]]\nremove = [ 'p', 3 ]",
            ":5: source 'a', rules number 1, remove: must be a CSS selector or an",
        ),
        ("[[source.rules]]\nremove = { css = 'p', match = 'a' }", "takes elements out whole: leave out"),
        (
            "[[source.rules]]\nremove = 'p'\nvalid_from = 2022",
            ":6: source 'a', rules number 1, valid_from: '2022' is not a",
        ),
        ("[[source.rules]]\nremove = 'p'\nvalid_from = '2022-06-31'", "'2022-06-31' is not a day; write it like"),
        (
            "[[source.rules]]\nremove = 'p'\nvalid_from = 2022-01-02\nvalid_until = 2022-01-01",
            ":4: source 'a', rules number 1: has a valid_from after its valid_until",
        ),
        (
            "[[source.rules]]\ndate_formats = ['%d %Q %Y']",
            ":5: source 'a', rules number 1, date_formats: '%d %Q %Y' is",
        ),
        ("[[source.rules]]\ndate_formats = ['%d %b']", "'%d %b' does not name year, month and day; write it like"),
        ("[[source.rules]]\ndate_order = 'dym'", ":5: source 'a', rules number 1, date_order: must be 'dmy', "),
        (
            "".join(f"[[source.rules]]\nremove = 'p'\nvalid_{end} = 2022-01-02\n" for end in ("until", "from")),
            "source 'a', rules: number 1 and number 2 both hold on 2022-01-02: end one of them with valid_until",
        ),
        ("[source.rules]\nremove = 'p'", "source 'a', rules: write [[source.rules]], with two brackets"),
        ("rules = [{ remove = 'p[' }]", ":4: source 'a', rules number 1, remove: 'p[' is not a CSS selector"),
        ("rules = [3]", ":4: source 'a', rules: must be a table"),
    ],
)
def test_wrong_rules_are_told_by_their_number(written, rules, message):
    """File, line, source, set of rules and key, whichever way the table is written."""
    path = written(
        f"[[source]]\nname = 'a'\nurl = 'https://a.example/'\n{rules}\n[[source]]\nname = 'b'\nurl = 'c'"
    )
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_with_a_token_the_page_may_listen_on_any_address(written):
    """The token may come from a file; the error without one names the variable that is at fault."""
    folder = written("").parent
    (folder / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    variables = {"TIDINGS_WEB_LISTEN": "0.0.0.0:80", "TIDINGS_WEB_TOKEN_FILE": str(folder / "token")}
    web = load(written(""), variables).web
    assert web.token.get_secret_value() == TOKEN
    assert not web.is_local
    with pytest.raises(ConfigurationError, match=r"^\$TIDINGS_WEB_LISTEN: '0\.0\.0\.0:80' is not a loopback"):
        load(written(""), {"TIDINGS_WEB_LISTEN": "0.0.0.0:80"})


def test_neither_the_dump_nor_a_worker_has_the_token(written):
    """It is redacted where the configuration is shown, and workers have no need of it."""
    configuration = load(written(f'[web]\ntoken = "{TOKEN}"'), {})
    assert TOKEN not in str(shown(configuration)) + repr(configuration)
    handed = for_worker(configuration, "postgresql://db.example/news")
    assert TOKEN not in handed
    assert Configuration.model_validate_json(handed).web.token is None


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:65535", "localhost:8411"])
def test_the_page_may_listen_on_any_loopback_port(written, listen):
    """Every port up to 65535 is one, and 0 leaves the choice to the system."""
    web = load(written(f"[web]\nlisten = '{listen}'"), {}).web
    assert f"{web.host}:{web.port}" == listen.replace("[", "").replace("]", "")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:sekret@[bad/",
        "postgresql://u:sek[ret@db.example/news",
        "postgresql://u:sek/ret@db.example/news",
        "postgresql://u:sekret%zz@db.example/news",
        "postgres://u:sekret@db.example:port/news",
        "mysql://u:sekret@db.example/news",
        "password=sekret nonsense=1",
        "sekret",
        "",
    ],
)
def test_a_database_that_cannot_be_meant_is_refused_in_silence(written, url):
    """What libpq cannot read is an error of its key and line, or of its variable, that repeats nothing of it."""
    path = written(f"[database]\nurl = {json.dumps(url)}")
    expected = "is not a PostgreSQL URL: write postgresql://USER@HOST/DATABASE"
    with pytest.raises(ConfigurationError) as of_file:
        load(path, {})
    with pytest.raises(ConfigurationError) as of_environment:
        load(None, {"TIDINGS_DATABASE_URL": url})
    assert str(of_file.value).startswith(f"{path}:2: database.url: {expected}")
    assert str(of_environment.value).startswith(f"$TIDINGS_DATABASE_URL: {expected}")
    assert "sek" not in str(of_file.value) + str(of_environment.value)


def test_a_refused_value_is_not_in_the_error_itself():
    """Who builds the settings without a file does not print the password with the error either."""
    with pytest.raises(ValidationError) as caught:
        DatabaseSettings(url="postgresql://u:sekret@[bad/")
    assert "sekret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@db.example/news",
        "postgres://u:p%40%5B@db.example:5433/news?sslmode=require",
        "postgresql://u@[::1]:5432/news",
        "postgresql://one.example:5432,two.example:5433/news",
        "postgresql:///news?host=/run/postgresql",
        "host=db.example dbname=news password='two words'",
    ],
)
def test_a_database_is_named_as_libpq_reads_it(written, url):
    """URLs and key=value strings are taken, and handed on as they are."""
    assert load(written(f"[database]\nurl = {json.dumps(url)}"), {}).database.dsn == url


def test_no_database_named_means_the_embedded_one():
    """Without a URL there is nothing to connect to."""
    assert DatabaseSettings().dsn is None


def test_a_name_and_password_in_a_url_are_refused_in_silence(written):
    """A site's URL cannot carry a log-in, and the message does not repeat it."""
    with pytest.raises(ConfigurationError, match="source 'a', url: has a user name before the host") as caught:
        load(written("[[source]]\nname = 'a'\nurl = 'https://u:sekret@a.example/'"), {})
    assert "sekret" not in str(caught.value)


def test_the_second_source_is_found_by_its_own_line(written):
    """The line of a key is that of the right table among many."""
    with pytest.raises(ConfigurationError, match=r":17: source 'courier', cron: "):
        load(written(GOOD.replace("*/10 6-22", "*/10 6-25")), {}, check_source=trigger_for)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TIDINGS_DATABSE_URL", "x"), ("TIDINGS_LOG_LEVEL", "loud"), ("TIDINGS_CRAWL_DELAY", "soon")],
)
def test_a_wrong_variable_is_named(variable, value):
    """An unknown variable, or one with a wrong value, is an error that names it."""
    with pytest.raises(ConfigurationError, match=rf"^\${variable}: "):
        load(None, {variable: value})


def test_an_absent_file_is_an_error(tmp_path):
    """A file that was asked for must be there."""
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml", {})


def test_what_is_shown_hides_the_secret(written):
    """The dump of the configuration in force has no password."""
    assert "hunter2" not in str(shown(load(written(GOOD), {})))


def test_every_scalar_has_a_variable():
    """The table of variables covers all tables but the sources."""
    names = settings()
    assert names["TIDINGS_DATABASE_URL"] == ("database", "url")
    assert {table for table, _ in names.values()} == {"database", "crawl", "retention", "web", "log", "alarms"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("1d", 86400), (2.5, 2.5), ("12345678.25s", 12345678.25)],
)
def test_durations(text, seconds):
    """Durations are read as people write them, and survive being stored."""
    source = Source(name="a", url="https://a.example/", every=text)
    assert source.every == timedelta(seconds=seconds)
    assert Source.model_validate(source.definition()) == source


@pytest.mark.parametrize(
    ("keys", "is_adaptive"),
    [
        ({}, False),
        ({"every": "15m"}, False),
        ({"cron": "@hourly"}, False),
        ({"every": "auto"}, True),
        ({"every": " Auto "}, True),
        ({"freshness": "20m"}, True),
        ({"every": "auto", "freshness": "20m"}, True),
    ],
)
def test_adaptive_intervals(keys, is_adaptive):
    """A source says whether its interval is learned, and what was written of it survives being stored."""
    source = Source(name="a", url="https://a.example/", **keys)
    assert source.is_adaptive is is_adaptive
    assert Source.model_validate(source.definition()) == source
    assert source.definition().get("every") in {None, "15m", "auto"}
    assert source.interval == (timedelta(minutes=15) if keys.get("every") == "15m" else None)
