"""The names that scripts and readers rely on: they may be joined by others, and are never changed."""

import psycopg
import pytest
from typer.main import get_command

from crawler.configuration import settings
from scheduler.cli import app

COMMANDS = """
demo run worker once status logs explain extract doctor
sources: list show add apply import export enable disable remove test due
schedule: preview freshness
runs: list show
articles: search show export import-warc
alarms: list test
quarantine: list show retry drop
db: migrate status url psql retention
config: check show
web: token
"""
IN_JSON = {
    "once", "status", "logs", "explain", "doctor", "sources list", "sources show", "sources due", "sources test",
    "schedule preview", "schedule freshness", "runs list", "runs show", "articles search", "articles show",
    "alarms list", "quarantine list", "quarantine show", "db status", "db retention", "config show",
}  # fmt: skip
COLUMNS = {
    "sources": "source_id name url state due_at",
    "runs": "run_id source_id trigger started_at finished_at outcome reason num_links num_fetched num_new"
    " num_changed num_duplicate num_unchanged num_rejected num_failed",
    "pages": "page_id run_id source_id url outcome reason http_status fetched_at duration_ms article_id",
    "articles": "article_id content_hash headline article_body description article_section in_language"
    " date_published date_published_source date_modified main_image_url word_count story_id first_seen_at",
    "authors": "author_id",
    "article_authors": "article_id position author_id",
    "copies": "url source article_id content_hash headline article_body authors date_published date_modified"
    " article_section in_language description main_image_url canonical_url revision is_current first_seen_at"
    " last_seen_at",
    "stories": "story_id num_articles num_sources first_seen_at headline",
    "arrivals": "seq arrived_at outcome url source article_id content_hash headline",
    "alarms": "alarm_id kind source_id raised_at cleared_at cause since evidence",
    "hourly_pages": "source_id hour outcome reason num_pages num_articles",
}
SETTINGS = """
database.url database.data_dir crawl.workers crawl.user_agent crawl.delay crawl.concurrency_per_host
crawl.allow_networks crawl.allow_ports web.listen web.token log.format log.file alarms.notify
"""


def commands():
    """Every promised command by its words, with what it takes."""
    root = get_command(app)
    for line in COMMANDS.strip().splitlines():
        group, _, names = line.rpartition(":")
        for name in names.split():
            known = root.commands[group].commands if group else root.commands
            yield f"{group} {name}".strip(), {option for found in known[name].params for option in found.opts}


def test_commands_stay():
    """Each is there, takes a configuration (the demo has its own), and those that list or tell do so in JSON."""
    options = dict(commands())
    assert [name for name, taken in options.items() if "--config" not in taken] == ["demo"]
    assert [name for name in sorted(IN_JSON) if "--json" not in options[name]] == []


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_stay(database_url, table):
    """Tables and views have what queries of others name."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(f"SELECT * FROM tidings.{table} LIMIT 0").description
    assert {*COLUMNS[table].split()} <= {column.name for column in found}


def test_settings_stay():
    """Each key of the configuration that files may have."""
    assert {*SETTINGS.split()} <= {f"{table}.{key}" for table, key in settings().values()}
