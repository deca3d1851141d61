"""``tidings sources test --page``: rules are tried before they count."""

import gzip
import json

import pytest

from tests.support.cli import configuration, out, tidings, told
from tests.support.pages import WORDS, article
from tests.support.sites import Site

RULES = """\
[[source.rules]]
valid_until = 2025-12-31
remove = ".ad"

[[source.rules]]
valid_from = 2026-01-01
remove = [".ad", "//nav"]
fields.headline = ".t"
fields.dateline = ".none"
"""
PAGE = article("Ferry for all").replace("<h1>", f"<p class=t>Ferry</p><div class=ad>{WORDS}</div><h1>")


@pytest.fixture
def folder(tmp_path):
    """A configuration with a source that has no rules, a file with rules, and a stored page."""
    configuration(tmp_path, {"name": "gazette", "url": "https://gazette.example/", "timezone": "Europe/Berlin"})
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    return tmp_path


def test_rules_are_tried_on_a_stored_page_without_a_database(folder):
    """For each field what is read without rules, what the rule finds, what counts."""
    arguments = ("sources", "test", "gazette", "--page", "page.html.gz", "--url", "https://gazette.example/1")
    environ = {"TIDINGS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = tidings(*arguments, "--rules", "rules.toml", "--json", cwd=folder, **environ)
    found = json.loads(out(done))
    assert (found["url"], found["rules"], found["num_removed"]) == ("https://gazette.example/1", 2, 2)
    assert (found["missed"], found["rejected"]) == (["dateline"], None)
    assert found["fields"]["headline"] == {
        "general": "Ferry for all", "rule": "Ferry", "counts": "Ferry", "origin": "rule",
    }  # fmt: skip
    assert found["fields"]["date_published"]["rule"] is None
    assert found["fields"]["date_published"]["counts"] == "2026-03-02T06:30:00Z"
    text = out(tidings(*arguments, "--rules", "rules.toml", cwd=folder, **environ))
    assert "rules number 2 hold; 2 elements removed" in text
    assert "rules that found nothing: dateline" in text
    text = out(tidings(*arguments, "--rules", "rules.toml", "--day", "2025-12-31", cwd=folder, **environ))
    assert "on 2025-12-31 rules number 1 hold; 1 element removed" in text
    assert "no rules hold; 0 elements removed" in out(tidings(*arguments, cwd=folder, **environ))


def test_rules_are_tried_on_a_live_page(tmp_path):
    """Fetched as the source is; the rules are those of the configuration."""
    with Site({"/1": PAGE}) as site:
        source = {"name": "gazette", "url": site.url("/"), "rules": [{"fields": {"headline": ".t"}}]}
        configuration(tmp_path, source)
        found = json.loads(
            out(tidings("sources", "test", "gazette", "--page", site.url("/1"), "--json", cwd=tmp_path))
        )
    assert (found["fields"]["headline"]["counts"], found["rules"]) == ("Ferry", 1)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--page", "none.html"), 2, "none.html: No such file"),
        (("--page", "empty.html"), 1, "empty.html: not_html: empty"),
        (("--page", "page.html.gz", "--day", "soon"), 2, "--day: 'soon' is not a day; write it like 2022-02-25"),
        (("--url", "https://a.example/"), 2, "--url and --day are for the page in --page"),
        (("--page", "page.html.gz", "--rules", "none.toml"), 2, "none.toml: No such file"),
        (("--page", "page.html.gz", "--rules", "tidings.toml"), 2, "tidings.toml: has no rules for 'gazette'"),
        (
            ("--page", "page.html.gz", "--rules", "wrong.toml"),
            2,
            "wrong.toml:3: source number 1, rules number 1, fields.headline: 'h1[' is not a CSS selector",
        ),
    ],
)
def test_what_cannot_be_tried_is_one_line(folder, arguments, code, message):
    """It names the file or the option, and how to mend it."""
    (folder / "empty.html").touch()
    (folder / "wrong.toml").write_text(
        "[[source.rules]]\nremove = 'p'\nfields.headline = 'h1['\n", encoding="utf-8"
    )
    assert message in told(tidings("sources", "test", "gazette", *arguments, cwd=folder), code)


def test_rules_are_shown_and_exported_as_they_were_written(tmp_path, database_url):
    """`sources show` has a line for each key, and `sources export` the tables."""
    rules = {"valid_from": "2022-01-01", "fields": {"headline": {"css": "h1", "match": ".+"}}, "remove": ".ad"}
    config = configuration(tmp_path, {"name": "gazette", "url": "https://gazette.example/", "rules": [rules]})
    out(tidings("sources", "apply", config, cwd=tmp_path, TIDINGS_DATABASE_URL=database_url))
    shown = out(tidings("sources", "show", "gazette", cwd=tmp_path, TIDINGS_DATABASE_URL=database_url))
    assert "rules 1, fields.headline  {'css': 'h1', 'match': '.+'}" in shown
    exported = out(
        tidings("sources", "export", "--format", "toml", cwd=tmp_path, TIDINGS_DATABASE_URL=database_url)
    )
    (tmp_path / "exported.toml").write_text(exported, encoding="utf-8")
    again = tidings("sources", "apply", "exported.toml", cwd=tmp_path, TIDINGS_DATABASE_URL=database_url)
    assert out(again) == "nothing to change\n"
