"""What mends a known cause: one catalogue, by event and reason, for every screen that shows an error.

What a visit or a run ended with is looked up by its reason, all else by its event, or by its event and what it is
about (``alarm.raised:gap``). Words in braces are filled in from the line. A test holds the catalogue against the
events, the reasons and the kinds of alarm: each is here, or among those that need nobody.
"""

# ruff: noqa: E501 - a line each, to be looked up by its key

import re
import shlex
from collections.abc import Mapping
from typing import Any

_REPORT = "a defect of ours, and worth a report with the lines of 'tidings logs --grep {event}'"
_WAIT = "nothing, while it passes by itself"

REMEDIES: dict[str, str] = {
    # reasons of pages, feeds and runs
    "scheme_not_allowed": "the site links to something that is no http: mend the source's URLs, 'tidings sources show {source}'",
    "port_not_allowed": "add the port to [crawl] allow_ports, if you trust the site with it",
    "private_address": "if the host is yours, add its network to [crawl] allow_networks; else the name resolves to what it should not",
    "robots_disallowed": "robots.txt says no: 'tidings sources test {source}' shows its rules; ask the publisher, or name other feeds",
    "off_site": "if these hosts are the source's own, add them to its hosts",
    "too_large": "raise [crawl] max_page_bytes (max_feed_bytes, max_sitemap_bytes), if it is worth it",
    "login_wall": "a subscription would help: give the source cookies, basic_auth or bearer_token",
    "paywall": "a subscription would help: give the source cookies, basic_auth or bearer_token",
    "quarantined": "'tidings quarantine show {url}'; after an upgrade 'tidings quarantine retry {url}'",
    "http_401": "the site wants a log-in: give the source basic_auth, bearer_token or cookies",
    "http_403": "the site refuses us: name yourself in [crawl] user_agent, lengthen the source's delay, or ask the publisher; then 'tidings sources test {source}'",
    "http_404": "if many: the site has moved things; 'tidings sources test {source}' looks for its feeds anew",
    "http_410": "it is gone for good: 'tidings sources test {source}' looks for its feeds anew",
    "http_451": "withheld for legal reasons: 'tidings sources disable {source}', if it is all of it",
    "http_4xx": "look at the status with 'tidings logs --reason http_4xx --json', then 'tidings sources test {source}'",
    "http_429": "we ask too often: lengthen the source's delay or its every; pauses are kept by themselves",
    "bot_wall": "lengthen the source's delay, name a contact in its user_agent and ask the publisher, or try javascript = true",
    "cookie_wall": 'give the source the cookie that says yes: cookies = { NAME = "VALUE" }',
    "robots_unreachable": "nothing is allowed while robots.txt cannot be had: 'tidings sources test {source}' tells why",
    "dns": "if one site: is its name right, 'tidings sources show {source}'; if all: this machine's DNS, 'tidings doctor'",
    "connection": "if one site: wait, or check its address; if all: our own network, 'tidings doctor'",
    "tls": "the site's certificate is not in order: tell the publisher, or set verify_tls = false for this source alone",
    "timeout": "raise [crawl] timeout if the site is slow; if all are: our own network, 'tidings doctor'",
    "truncated": "if it stays so: the server or a proxy cuts answers short; 'tidings extract {url}' tries it once",
    "extraction_error": _REPORT.format(event="extraction.failed"),
    "extraction_timeout": "raise [crawl] extraction_timeout, or report the page: 'tidings extract {url} --explain'",
    "extraction_crashed": "a defect of ours, and worth a report with the page: 'tidings quarantine list'",
    "extraction_memory": "raise [crawl] worker_memory, or report the page: 'tidings quarantine list'",
    "bad_row": "a defect of ours, and worth a report with the detail: 'tidings logs --reason bad_row --json'",
    "unreadable": "what stands there is no feed or sitemap any more: 'tidings sources test {source}' looks for it anew",
    "no_feed_found": "name the source's feeds, sitemaps or listings: 'tidings sources test {source}' shows what there is",
    "secret_missing": "set the variable or write the file that the error names, for the daemon's environment; the next run reads it",
    "browser_missing": "pip install 'tidings[browser]' and a Chromium, named by [crawl] browser; else javascript = false",
    "not_stored": "see 'batch.failed': 'tidings logs --event batch.failed'",
    "timed_out": "raise [crawl] run_timeout, or lower the source's delay or max_pages",
    "worker_lost": "a page or a want of memory kills workers: 'tidings logs --event \"worker.*\"', and see [crawl] worker_memory",
    "error": _REPORT.format(event="run.broken"),
    # what is due
    "source.unreadable": "'tidings sources apply FILE' writes its definition anew; or run the version that wrote it",
    "clock.jumped": "keep the clock of that machine with NTP (chrony, systemd-timesyncd): 'tidings doctor'",
    "slots.recalled": "keep the database machine's clock with NTP",
    "run.abandoned": "'tidings runs show {run_id}', and 'tidings logs --run {run_id}': which page was read last",
    "duty.failed": "it is tried again; if it goes on, the error says what the database misses: 'tidings doctor'",
    # a run
    "document.damaged": "read as far as it was whole; if articles are missing, tell the publisher, or name another feed",
    "document.broken": _REPORT.format(event="document.broken"),
    "document.retired": "name another feed: 'tidings sources test {source}' shows what there is",
    "gap.found": "ask more often: a shorter every, or freshness, for {source}",
    "host.paused": "if it comes again: lengthen the source's delay or every",
    "page.quarantined": "'tidings quarantine show {url}'; after an upgrade 'tidings quarantine retry {url}'",
    "boilerplate.failed": _REPORT.format(event="boilerplate.failed"),
    "extraction.failed": _REPORT.format(event="extraction.failed"),
    "rule.missed": "the site's layout has changed: 'tidings sources test {source} --page URL' tries its rules",
    "run.broken": _REPORT.format(event="run.broken"),
    "record.damaged": "download the WARC file again, and import it with --again",
    # alarms
    "alarm.raised:silence": "'tidings sources test {source}' asks its feeds now; 'tidings runs list --source {source}'",
    "alarm.raised:drift": "'tidings sources test {source} --page URL' shows what is read of a page now: a rule may mend it",
    "alarm.raised:gap": "ask more often: a shorter every, or freshness, for {source}",
    "alarm.raised:blocked": "name yourself in [crawl] user_agent, lengthen the source's delay, or ask the publisher",
    "alarm.raised:feed_moved": "'tidings sources test {source}' finds where it is now: name that in its feeds",
    "alarm.raised:own_network": "this machine's network or DNS: 'tidings doctor'",
    "alarm.raised:stale_schedule": "is a daemon running with workers enough? 'tidings status', [crawl] workers",
    "alarm.raised:database": "the database: 'tidings doctor', then its own log",
    "alarm.raised:quarantine_growing": "'tidings quarantine list': worth a report; after an upgrade 'tidings quarantine retry --all'",
    "notice.delayed": "is the target of [alarms] notify right, and reachable? 'tidings doctor' asks it",
    "notice.failed": "is the target of [alarms] notify right, and reachable? 'tidings doctor' asks it",
    # the database
    "database.lost": "start or free the database: 'tidings doctor'; nothing is lost meanwhile",
    "database.awaited": "start or free the database: 'tidings doctor'; pages wait in [crawl] spool_dir",
    "spool.failed": "make room on the disk of [crawl] spool_dir, or give it leave to write",
    "spool.damaged": "check that disk; the page is fetched again by itself",
    "batch.failed": "a defect of ours, or of the schema: 'tidings db status', then a report with the traceback",
    "linking.failed": "maintenance does it later; with a traceback, a defect of ours, and worth a report",
    "postgres.lost": "it is started again; if it dies again, its postgres.log in [database] data_dir tells why",
    "postgres.failed": "make room on the disk of [database] data_dir; its postgres.log tells why it does not start",
    # the operator page
    "token.failed": "make the folder of that file one that we may write to, or set [web] token",
    "login.failed": "'tidings web token' prints the right one; if it was none of you, see who reaches [web] listen",
    "web.broken": _REPORT.format(event="web.broken"),
    # the processes
    "shutdown.forced": "if it comes at each stop: the error says what hung; [crawl] shutdown_timeout",
    "roster.failed": "make [crawl] spool_dir (or [database] data_dir) a folder that we may write to",
    "worker.failed": "the error says why: often the database or the configuration, 'tidings doctor'",
    "worker.frozen": "a busy or suspended machine; else a defect of ours: what it did last is in 'tidings logs'",
    "worker.oversized": "raise [crawl] worker_memory if the machine has it, or lower [crawl] runs_per_worker",
    "worker.died": "killed for want of memory? 'journalctl -k' tells; then fewer [crawl] workers",
    "config.rejected": "mend the line that the error names, try it with 'tidings config check', then SIGHUP again",
    "log.resumed": "make room on the disk of [log] file, or let its reader keep up",
    "log.broken": "a defect of ours or of a library, and worth a report",
    "library.logged": "the message is the library's own; if something does not work, worth a report",
}

NONE_NEEDED: dict[str, str] = {
    # reasons
    "new_text": "as it should be",
    "changed_text": "as it should be",
    "known_text": "as it should be",
    "same_text": "as it should be",
    "not_modified": "as it should be",
    "known": "as it should be",
    "url_too_long": "the site's own mistake",
    "url_invalid": "the site's own mistake",
    "too_old": "the source's max_age says so",
    "over_budget": "a later run visits it",
    "not_html": "no page to read",
    "not_article": "no article; 'tidings extract URL --explain' shows why",
    "too_short": "next to no text",
    "part_of_article": "stored with the article's first page",
    "redirect_loop": "the site's own mistake",
    "opted_out": "[crawl] obey_opt_outs says so",
    "soft_404": "the page is not there",
    "expired": "[retention] says so",
    "http_5xx": _WAIT,
    "http_503": _WAIT,
    "host_paused": _WAIT,
    "host_down": _WAIT,
    "shutdown": "the source is due again at once",
    # events
    "login.succeeded": "as it should be",
    "run.requeued": "the run goes on with another worker",
    "page.discarded": "the other worker's page counts",
    "run.superseded": "the other worker's run counts",
    "leader.elected": "as it should be",
    "leader.waiting": "as it should be",
    "leader.lost": "another daemon leads, or this one again",
    "lock.lost": "the lock is asked for again",
    "workers.killed": "runs go on at the next start",
}

# Events whose reason says more than their name does.
_BY_REASON = frozenset({"page.finished", "link.rejected", "document.failed", "run.finished", "run.refused"})
_PLACE = re.compile(r"\{(\w+)\}")
_STANDS_FOR = {"source": "SOURCE", "url": "URL", "run_id": "RUN"}


def remedy_for(event: str, fields: Mapping[str, Any]) -> str | None:
    """The command or setting that mends what a line tells of; None where nobody need do anything.

    ``fields`` are those of the line: ``reason``, ``kind``, ``source``, ``url``, ``run_id``.
    """
    text = REMEDIES.get(key_of(event, fields)) or REMEDIES.get(event)
    return None if text is None else _filled(text, fields)


def remedy_for_reason(reason: str, **fields: Any) -> str | None:
    """The same for what a visit or a run ended with."""
    text = REMEDIES.get(reason)
    return None if text is None else _filled(text, fields)


def key_of(event: str, fields: Mapping[str, Any]) -> str:
    """Where in the catalogue a line belongs."""
    if event in _BY_REASON and fields.get("reason"):
        return str(fields["reason"])
    return f"{event}:{fields['kind']}" if event == "alarm.raised" and fields.get("kind") else event


def _filled(text: str, fields: Mapping[str, Any]) -> str:
    """What is filled in comes from the web, and is meant to be copied into a shell: it is quoted for that."""

    def value(found: re.Match[str]) -> str:
        known = fields.get(found[1])
        return shlex.quote(str(known)) if known else _STANDS_FOR.get(found[1], found[0])

    return _PLACE.sub(value, text)
