"""``tidings sources import`` and ``export``: lists of sources from and for other programs."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cli import out, tidings, told

SOURCES = """\
[[source]]
name = "gazette"
url = "https://www.gazette.example/"
feeds = ["https://www.gazette.example/feed?a=1&b=2", "https://www.gazette.example/sport"]
every = "30m"
timezone = "Asia/Kolkata"
max_pages = 50

[[source]]
name = "harbour-news"
url = "https://harbour.example/news/"
feeds = ["https://feeds.example/harbour"]
hosts = ["harbour.example"]
cron = "*/10 6-22 * * mon-fri"
headers = { "X-Edition" = "the \\"late\\" one", Accept-Language = "de" }
basic_auth = "env:HARBOUR"
verify_tls = false

[[source]]
name = "harbour-sport"
url = "https://harbour.example/sport/"
sitemaps = ["https://harbour.example/sport.xml"]
listings = ["https://harbour.example/sport/"]
every = "auto"
freshness = "20m"
"""


@pytest.fixture
def say(database_url, tmp_path):
    """Runs ``tidings sources`` on the test's database."""

    def run(*arguments):
        return tidings("sources", *arguments, cwd=tmp_path, TIDINGS_DATABASE_URL=database_url)

    return run


@pytest.fixture
def definitions(say):
    """The definitions of all sources, by name."""

    def read():
        return {row["name"]: row["definition"] for row in json.loads(out(say("list", "--json")))}

    return read


def opml(*outlines, head='<?xml version="1.0"?>'):
    return f'{head}\n<opml version="2.0"><head/><body>\n' + "\n".join(outlines) + "\n</body></opml>"


def feed(title, url, page=None):
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"' + (f' htmlUrl="{page}"/>' if page else "/>")


@pytest.mark.parametrize("kind", ["opml", "csv"])
def test_what_is_exported_can_be_imported(say, definitions, tmp_path, kind):
    """Out, everything removed, in again: every source has every key that it had."""
    (tmp_path / "all.toml").write_text(SOURCES)
    out(say("apply", "all.toml"))
    before = definitions()
    out(say("export", f"out.{kind}"))
    assert out(say("import", f"out.{kind}")) == "0 added, 3 known already, 0 refused\n"
    for name in before:
        out(say("remove", name))
    assert out(say("import", f"out.{kind}")) == "3 added, 0 known already, 0 refused\n"
    assert definitions() == before


def test_exported_toml_changes_nothing(say, definitions, tmp_path):
    """What export writes by default is what apply reads."""
    (tmp_path / "all.toml").write_text(SOURCES)
    out(say("apply", "all.toml"))
    (tmp_path / "again.toml").write_text(out(say("export")))
    assert out(say("apply", "again.toml")) == "nothing to change\n"
    assert out(say("export", "--format", "toml")) == out(say("export"))
    assert "sources apply" in told(say("import", "again.toml"), 2)


def test_feeds_of_one_site_become_one_source(say, definitions, tmp_path):
    """However outlines are nested: one source a host, named after it; a single feed is named after its title."""
    (tmp_path / "reader.opml").write_text(
        opml(
            '<outline text="News"><outline text="Local">',
            feed("Gazette: City", "https://www.gazette.example/city", "https://www.gazette.example/"),
            "</outline></outline>",
            feed("Gazette: Sport", "https://www.gazette.example/sport", "https://gazette.example/sport"),
            feed("Der Birkentaler Böte!", "https://bote.example/feed", "https://bote.example/"),
            feed("Solo", "https://feeds.example/solo"),
            feed("海港", "https://feeds.example/harbour"),
        )
    )
    assert out(say("import", "reader.opml")) == "4 added, 0 known already, 0 refused\n"
    assert definitions() == {
        "gazette-example": {
            "name": "gazette-example",
            "url": "https://www.gazette.example/",
            "feeds": ["https://www.gazette.example/city", "https://www.gazette.example/sport"],
        },
        "der-birkentaler-bote": {
            "name": "der-birkentaler-bote",
            "url": "https://bote.example/",
            "feeds": ["https://bote.example/feed"],
        },
        "solo": {"name": "solo", "url": "https://feeds.example/", "feeds": ["https://feeds.example/solo"]},
        "feeds-example": {
            "name": "feeds-example",
            "url": "https://feeds.example/",
            "feeds": ["https://feeds.example/harbour"],
        },
    }


def test_a_feed_that_is_listed_twice_is_told(say, tmp_path):
    """The second time, with its line, in a file all of whose outlines stand on one."""
    solo, twice = feed("Solo", "https://feeds.example/solo"), feed("Twice", "https://feeds.example/twice")
    (tmp_path / "reader.opml").write_text(opml(solo + twice + twice))
    done = say("import", "reader.opml")
    assert (done.returncode, done.stdout) == (1, b"2 added, 0 known already, 1 refused\n")
    assert b"reader.opml:3: twice: name: 'twice' is taken by line 3" in done.stderr


def test_what_cannot_be_imported_is_listed_and_the_rest_is(say, definitions, tmp_path):
    """Wrong values and repetitions cost their own row, with its line; exit code 1."""
    out(say("add", "https://old.example/", "--no-probe", "--feed", "https://old.example/feed"))
    (tmp_path / "list.csv").write_text(
        "name,url,feeds,every\n"
        "gazette,https://gazette.example/,https://gazette.example/a https://gazette.example/b,30m\n"
        '\n"Two words",https://two.example/,,\n'
        "gazette,https://other.example/,,\n"
        "again,https://gazette.example/,https://gazette.example/b,\n"
        "slow,https://slow.example/,,often\n"
        "old,https://old.example/,https://old.example/feed,\n"
        ",https://unnamed.example/,,\n",
        encoding="utf-8-sig",
    )
    done = say("import", "list.csv")
    assert done.returncode == 1
    assert done.stdout == b"2 added, 0 known already, 5 refused\n"
    assert done.stderr.decode().splitlines() == [
        "list.csv:4: Two words: name: use 1 to 64 of a-z, 0-9 and hyphen",
        "list.csv:5: gazette: name: 'gazette' is taken by line 2",
        "list.csv:6: again: feeds: https://gazette.example/b is watched by line 2",
        (
            "list.csv:7: slow: every: 'often' is not a duration;"
            ' write it like "30s", "15m", "1h30m" or "1d"; "auto" leaves it to us'
        ),
        "list.csv:8: old: feeds: https://old.example/feed is watched by the source 'old-example'",
    ]
    assert set(definitions()) == {"gazette", "old-example", "unnamed-example"}
    again = json.loads(say("import", "list.csv", "--json").stdout)
    assert (again["added"], again["known"]) == ([], ["gazette", "unnamed-example"])
    assert [refused["line"] for refused in again["refused"]] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "nmae,url\n", "a.csv:1: column 1: no such column 'nmae'; there are name, url, feeds"),
        ("a.csv", "name,feeds\n", "a.csv:1: has no column 'url'"),
        ("a.csv", "url,url\n", "a.csv:1: column 2: 'url' is there twice"),
        ("a.csv", "", "a.csv:1: has no column 'url'"),
        (
            "a.csv",
            "url\nhttps://a.example/\nhttps://b.example/,more\n",
            "a.csv:3: has 2 cells, but the header has 1",
        ),
        ("a.csv", 'url\n"https://a.example/\n', "a.csv:2: not CSV"),
        ("a.opml", "<opml><body><outline></body></opml>", "a.opml:1: column 24: mismatched tag"),
        ("a.opml", "\n<rss></rss>", "a.opml:2: is not OPML: its first element is <rss>"),
        (
            "a.opml",
            '<!DOCTYPE opml [\n<!ENTITY a "aaaa">]>\n<opml><outline text="&a;" xmlUrl="https://a.example/"/></opml>',
            "a.opml:2: declares entities",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(say, tmp_path, name, content, message):
    """One line with file, line and column, exit code 2, and nothing is added."""
    (tmp_path / name).write_text(content)
    assert f"tidings: {message}" in told(say("import", name), 2)
    assert json.loads(out(say("list", "--json"))) == []


def test_a_file_that_is_not_there_or_not_utf_8_is_told(say, tmp_path):
    """The operator reads what to do."""
    (tmp_path / "latin.csv").write_bytes("url\nhttps://münchen.example/\n".encode("latin-1"))
    assert "latin.csv: is not UTF-8" in told(say("import", "latin.csv"), 2)
    assert "absent.csv: No such file" in told(say("import", "absent.csv"), 2)


def test_a_thousand_feeds_are_imported_at_once(say, definitions, tmp_path):
    """A feed reader's whole collection: each feed a source, and none lost."""
    lines = [
        feed(f"Paper {n}", f"https://paper{n}.example/feed", f"https://paper{n}.example/") for n in range(1000)
    ]
    (tmp_path / "large.opml").write_text(opml(*lines))
    assert out(say("import", "large.opml")) == "1000 added, 0 known already, 0 refused\n"
    assert len(definitions()) == 1000


def test_what_is_due_is_listed(say):
    """A new source is due at once; a disabled one is not, and what comes later shows when asked for."""
    for name in ("a", "b"):
        out(say("add", f"https://{name}.example/", "--name", name, "--no-probe"))
    out(say("disable", "a"))
    (row,) = json.loads(out(say("due", "--json")))
    assert row["name"] == "b"
    assert datetime.fromisoformat(row["due_at"]) <= datetime.now(UTC) + timedelta(seconds=1)
    out(say("enable", "a"))
    assert [row["name"] for row in json.loads(out(say("due", "--within", "1h", "--json")))] == ["b", "a"]
    assert "is not a duration" in told(say("due", "--within", "soon"), 2)
