"""``tidings extract``: one page in, one JSON object out."""

import gzip
import io
import json
from types import SimpleNamespace

import pytest
from aiohttp.web import Response

from scheduler.cli.extraction import extract
from tests.support.cli import out, tidings, told
from tests.support.kinds import NEGATIVES
from tests.support.pages import WORDS, article
from tests.support.sites import Site


def test_extract_reads_a_file_a_folder_and_standard_input(within, tmp_path):
    """One page, one JSON object with the public column names; a folder gives a line a page."""
    (tmp_path / "one.html").write_text(article("One"), encoding="utf-8")
    (tmp_path / "two.html.gz").write_bytes(gzip.compress(article("Two").encode()))
    row = json.loads(out(within("extract", tmp_path / "one.html", "--url", "https://gazette.example/1")))
    assert (row["headline"], row["authors"], row["url"]) == ("One", ["Ada Merrow"], "https://gazette.example/1")
    assert row["date_published"] == "2026-03-02T06:30:00Z"
    piped = tidings("extract", "-", stdin=article("Piped").encode())
    assert json.loads(out(piped))["headline"] == "Piped"
    lines = [json.loads(line) for line in out(within("extract", tmp_path, "--jsonl")).splitlines()]
    assert [(line["id"], line["headline"]) for line in lines] == [("one", "One"), ("two", "Two")]


def test_extract_says_why_a_page_has_no_article(tmp_path):
    """A page without an article: exit code 1 and the reason."""
    (tmp_path / "none.html").write_text("<html><body><h1>Pictures</h1></body></html>")
    done = tidings("extract", tmp_path / "none.html")
    assert done.returncode == 1
    assert json.loads(done.stdout)["outcome"] == "rejected"
    assert "absent.html: No such file" in told(tidings("extract", tmp_path / "absent.html"), 2)


def test_a_refusal_shows_its_score_and_evidence(within, tmp_path):
    """The row of a page that is no article has the sum and the weight of each piece of evidence."""
    page = NEGATIVES["front with long teasers"]()
    (tmp_path / "front.html").write_text(page.html, encoding="utf-8")
    done = within("extract", tmp_path / "front.html", "--url", page.url)
    row = json.loads(done.stdout)
    assert (done.returncode, row["reason"]) == (1, "not_article")
    assert row["score"] == sum(row["evidence"].values())
    assert "teasers" in row["evidence"]


TEASER = (
    '<html><head><script type="application/ld+json">{"@type": "NewsArticle", "headline": "One", '
    '"isAccessibleForFree": false, "author": {"name": "Ada Merrow"}}</script></head>'
    f"<body><article><h1>One</h1><p>{WORDS}</p></article></body></html>"
)


@pytest.fixture
def piped(within, monkeypatch):
    """Runs ``tidings extract -`` within this process on a page."""

    def run(page, *arguments):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(page.encode())))
        return within("extract", "-", *arguments)

    return run


def test_the_teaser_of_a_paywall_is_shown(piped):
    """What the publisher shows to all stands beside the reason; the exit code is that of a refusal."""
    done = piped(TEASER)
    row = json.loads(done.stdout)
    assert (done.returncode, row["outcome"], row["reason"]) == (1, "rejected", "paywall")
    assert (row["headline"], row["article_body"], row["authors"]) == ("One", WORDS, ["Ada Merrow"])


@pytest.mark.parametrize(
    ("page", "code", "lines"),
    [
        (
            article("One"),
            0,
            ["article", "+4  og_article", "fields", 'authors              meta       ["Ada Merrow"]'],
        ),
        (
            TEASER,
            1,
            ["rejected, paywall: a teaser", "+10  json_ld_article", "headline             json_ld    One"],
        ),
        ("<html><body><h1>Pictures</h1></body></html>", 1, ["not_article: no body text", "few_words", "0 words"]),
        ("%PDF-1.7", 1, ["rejected, not_html: looks like application/pdf"]),
    ],
)
def test_explain_tells_people_why(piped, page, code, lines):
    """Of an article and of every refusal: the outcome, the evidence with its weights, the fields, the body."""
    done = piped(page, "--explain")
    assert done.returncode == code, done.stderr.decode()
    for line in lines:
        assert line in done.stdout.decode()


def test_explain_as_json_holds_the_row_and_its_reasons(within, tmp_path):
    """Fields with origin and rivals, evidence with weight and what was seen; of a folder, a line a page."""
    (tmp_path / "one.html").write_text(article("One"), encoding="utf-8")
    pretty = json.loads(out(within("extract", tmp_path / "one.html", "--explain", "--json")))
    [line] = out(within("extract", tmp_path, "--explain")).splitlines()
    assert json.loads(line)["id"] == "one"
    for found in (pretty, json.loads(line)):
        assert found["row"]["headline"] == "One"
        headline = found["explain"]["fields"]["headline"]
        assert (headline["value"], headline["origin"]) == ("One", "meta")
        assert {"origin": "html", "value": "One"} in headline["rivals"]
        assert {"name": "og_article", "weight": 4, "seen": "og:type is article"} in found["explain"]["evidence"]
        assert found["explain"]["body"]["num_paragraphs"] > 0


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"<html><body>A page</body></html>")[:30],
        gzip.compress(b"<p>")[:12] + b"\xff" * 20,
        b"<html><body>A page</body></html>",
    ],
    ids=["cut short", "damaged", "not compressed"],
)
def test_extract_names_a_file_that_is_no_whole_gzip(tmp_path, content):
    """A compressed page that cannot be read: exit code 2, one line with the file."""
    path = tmp_path / "page.html.gz"
    path.write_bytes(content)
    assert told(tidings("extract", path), 2).startswith(f"tidings: {path}: not a whole gzip file")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "--timezone", "Mars"), "--timezone: 'Mars' is not an IANA time zone"),
        (("-", "--url", "ftp://a.example/"), "--url: 'ftp://a.example/' is not an http or https URL"),
        (("http://[bad/",), "'http://[bad/' is not an http or https URL"),
        (("http://a.example:65536/",), "'http://a.example:65536/' is not an http or https URL"),
        (("ftp://a.example/",), "'ftp://a.example/' is not an http or https URL"),
        (("http://u:sekret@a.example/",), "has a user name before the host"),
        (("https://a.example/", "--url", "https://a.example/"), "--url is for a page in a file"),
        ((".", "--url", "https://a.example/"), "--url is for a page in a file"),
    ],
)
def test_extract_refuses_arguments_that_do_not_fit(tmp_path, arguments, message):
    """Each is one line that names the URL or the option, with exit code 2."""
    line = told(tidings("extract", *arguments, cwd=tmp_path), 2)
    assert message in line
    assert "sekret" not in line


def test_extract_goes_on_after_a_file_it_cannot_read(within, tmp_path):
    """In a folder, a file that cannot be read costs its own line alone, and the exit code stays 0."""
    (tmp_path / "a.html.gz").write_bytes(b"not compressed")
    (tmp_path / "b.html").symlink_to("nowhere")
    (tmp_path / "c.html").mkdir()
    (tmp_path / "d.html").write_text(article("One"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a page", encoding="utf-8")
    *unreadable, last = [json.loads(line) for line in out(within("extract", tmp_path)).splitlines()]
    assert [(row["id"], row["outcome"]) for row in unreadable] == [
        ("a", "failed"),
        ("b", "failed"),
        ("c", "failed"),
    ]
    assert "not a whole gzip file" in unreadable[0]["error"]
    assert "No such file" in unreadable[1]["error"]
    assert (last["id"], last["headline"]) == ("d", "One")


def test_extract_goes_on_after_a_defect_of_ours(tmp_path, monkeypatch, capsys):
    """In a folder, a page that breaks the extractor has a line that says so."""

    def broken(*_arguments, **_options):
        raise RecursionError("too deep")

    (tmp_path / "a.html").touch()
    monkeypatch.setattr("crawler.extraction.read", broken)
    extract(str(tmp_path))
    row = {"id": "a", "outcome": "failed", "error": f"{tmp_path / 'a.html'}: RecursionError: too deep"}
    assert json.loads(capsys.readouterr().out) == row


def test_extract_gives_no_id_twice(tmp_path):
    """A folder in which two files would have one id is refused before anything is printed."""
    for name in ("a.html", "ok.html", "ok.html.gz"):
        (tmp_path / name).write_bytes(b"")
    done = tidings("extract", tmp_path)
    assert "ok.html and ok.html.gz would both have the id 'ok'" in told(done, 2)
    assert done.stdout == b""


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """An article on two pages, whose third cannot be had: its URL, how to extract one, and what came of that."""
    pager = "<p><a href='/1?page=2'>2</a> <a href='/1?page=3'>3</a></p>"
    pages = {1: article("One", "The first page."), 2: article("One", "The second page.")}

    async def answer(request):
        page = pages.get(int(request.query.get("page", 1)))
        return Response(text=(page or "").replace("</article>", f"{pager}</article>"), content_type="text/html")

    folder = tmp_path_factory.mktemp("fetched")
    with Site({"/1": answer}) as site:
        settings = {"TIDINGS_CRAWL_DELAY": "0s", "TIDINGS_CRAWL_ALLOW_PORTS": str(site.port)}

        def fetch(url, **more):
            return tidings("extract", url, cwd=folder, **settings, **more)

        url = site.url("/1")
        done = fetch(url, TIDINGS_CRAWL_ALLOW_NETWORKS="127.0.0.0/8")
        yield SimpleNamespace(url=url, fetch=fetch, row=json.loads(out(done)))


def test_extract_joins_the_pages_of_a_url(fetched):
    """Of a URL the further pages are fetched, too, up to the first that cannot be had."""
    row = fetched.row
    assert (row["url"], row["num_pages"]) == (fetched.url, 2)
    assert row["article_body"].split("\n") == ["The first page.", WORDS.strip(), "The second page."]


def test_extract_fetches_as_safely_as_the_crawl(fetched):
    """A URL goes through the crawl's guard: loopback only if it is allowed."""
    shouted = fetched.fetch(fetched.url.replace("http", "HTTP"), TIDINGS_CRAWL_ALLOW_NETWORKS="127.0.0.0/8")
    assert "private_address" in told(fetched.fetch(fetched.url), 1)
    assert json.loads(out(shouted)) == fetched.row
    assert fetched.row["headline"] == "One"
