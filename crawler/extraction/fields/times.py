"""When an article was published and changed: what the page claims; what it shows where it claims too little."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from crawler.article import Origin
from crawler.date_words import Order, order_of
from crawler.dates import Moment, read_moment
from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.fields.time_words import Kind
from crawler.extraction.fields.visible_times import Habits, Seen, find_seen
from crawler.extraction.fields.zones import local_zone
from crawler.extraction.page import Page

Reading = tuple[Moment, Origin]

# Names of <meta> without what stands between their words: "article:published_time", "article.published-time".
_META: Mapping[Kind, tuple[str, ...]] = {
    "date_published": (
        "articlepublishedtime", "ogarticlepublishedtime", "ogpublishedtime", "datepublished", "parselypubdate",
        "sailthrudate", "publishdate", "publisheddate", "publicationdate", "pubdate", "articlepublished",
        "articlepublishdate", "articledate", "articledateoriginal", "citationpublicationdate", "citationdate",
        "dctermscreated", "dctermsissued", "dcdateissued", "dcdatecreated", "dcissued", "dccreated",
        "dctermsdate", "dcdate", "cxenseparserecspublishtime", "cxenseparsearticlepublishtime",
        "originalpublicationdate", "displaydate", "ptime", "created", "articlecreated", "date",
    ),
    "date_modified": (
        "articlemodifiedtime", "ogarticlemodifiedtime", "datemodified", "ogupdatedtime", "articleupdated",
        "articleupdatedtime", "dctermsmodified", "dcdatemodified", "dcmodified", "lastmod", "lastmodified",
        "modifieddate", "revisiondate", "updatedtime", "utime",
    ),
}  # fmt: skip
_BETWEEN = re.compile(r"[^a-z]+")

_URL_DAY = re.compile(r"(?:^|[/_.-])((?:19|20)\d\d)([/_.-]?)(\d\d?|[a-z]{3})\2(\d\d?)(?![\d])")
# State that a site's scripts carry; of several articles' dates only those that agree are believed.
_SCRIPT_DATE = re.compile(
    r"""\\?["'](?:date_?published|published_?(?:at|time|date|on)|publish_?(?:date|time|ed)|pub_?date|publication_?date|"""
    r"""first_?published(?:_?(?:at|date))?|created_?at)\\?["']\s{0,5}:\s{0,5}\\?["']"""
    r"""(\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^"'\\]{0,20})""",
    re.IGNORECASE,
)
_LONGEST = 200  # characters of a date in microdata
_A_DAY = timedelta(days=1)
_MARKED = 5  # elements of microdata that are read
_LONGEST_SCRIPT = 300_000  # characters

# Countries, by their top-level domains, that write English and the day first.
_DAY_FIRST = frozenset(
    {"uk", "ie", "au", "nz", "in", "za", "pk", "lk", "bd", "ng", "ke", "sg", "my", "gh", "tz", "ug", "np", "mt"}
)
_UNITED_STATES = ("US/", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")


def choose_times(
    page: Page,
    claims: Sequence[Claims],
    meta: Mapping[str, Sequence[str]],
    zone: tzinfo,
    *,
    headline: str | None = None,
    language: str | None = None,
) -> dict[str, Choice | None]:
    """Choose ``date_published`` and ``date_modified``.

    The claims of JSON-LD, of ``<meta>``, of microdata, what the page shows and what its feed says are asked in
    that order; the first of them counts, or a later one that adds the time of day to the same day. What the
    page shows is looked for only where the claims before it lack the time of publication.
    """
    order = _order(language, page.url, zone)
    first, feed = claims[:-1], claims[-1:]
    read = _Reader(zone, language, order)
    published = [*read.claimed(first, "date_published"), *read.named(meta, "date_published")]
    modified = [*read.claimed(first, "date_modified"), *read.named(meta, "date_modified")]
    if not (_has_fine(published, zone) and modified):
        published += read.marked(page.tree, "datepublished")
        modified += read.marked(page.tree, "datemodified")
    changed = modified[:1]
    if not _has_fine(published, zone):
        day = _day_of_url(page.url)
        seen = _see(page, headline, Habits(local_zone(zone, page.url, language), language, order), day, zone)
        shown = [(one.moment, origin) for one, origin in seen if one.kind != "date_modified"]
        shown_changed = [(one.moment, origin) for one, origin in seen if one.kind == "date_modified"][:1]
        modified += shown_changed
        published += [*_not_after(shown, changed), *read.claimed(feed, "date_published")]
        if not _has_fine(published, zone):
            published += _of_scripts(page.tree, published, zone)
        published += [(_day_in(zone, day), "derived")] if day else []
        # An article that says no more than when it was changed was published then or before.
        published += [(moment, "derived") for moment, _ in shown_changed]
    modified += read.claimed(feed, "date_modified")
    return {"date_published": _choose(published, zone), "date_modified": _choose(modified, zone)}


def _see(
    page: Page, headline: str | None, habits: Habits, day: date | None, zone: tzinfo
) -> list[tuple[Seen, Origin]]:
    """Find the dates shown. Where the order of numbers is open, the day in the page's address decides it."""
    orders: tuple[Order | None, ...] = ("dmy", "mdy") if day and not habits.order else (habits.order,)
    seen = [one for order in orders for one in find_seen(page, headline, habits._replace(order=order), day)]
    seen.sort(key=lambda one: -one.points)
    return [(_begin_in(zone, habits.zone, one), "html") for one in seen]


def _not_after(shown: list[Reading], changed: list[Reading]) -> list[Reading]:
    """Leave out what is shown as of a later day than that of the last change, as a masthead shows today."""
    if not changed:
        return shown
    return [one for one in shown if one[0].time <= changed[0][0].time + _A_DAY]


class _Reader:
    """Reads dates as written into moments, with what is known of the page."""

    def __init__(self, zone: tzinfo, language: str | None, order: Order | None) -> None:
        self.zone, self.language, self.order = zone, language, order

    def readings(self, values: Iterable[object], origin: Origin) -> Iterator[Reading]:
        for value in values:
            if value and (moment := read_moment(value, self.zone, language=self.language, order=self.order)):
                yield moment, origin

    def claimed(self, claims: Sequence[Claims], field: Kind) -> Iterator[Reading]:
        for claim in claims:
            yield from self.readings([getattr(claim, field)], claim.origin)

    def named(self, meta: Mapping[str, Sequence[str]], kind: Kind) -> Iterator[Reading]:
        """Read ``<meta>`` by the names above, in their order."""
        known = {name: place for place, name in enumerate(_META[kind])}
        found = [(known[plain], name) for name in meta if (plain := _BETWEEN.sub("", name)) in known]
        for _, name in sorted(found):
            yield from self.readings(meta[name], "meta")

    def marked(self, tree: Any, name: str) -> list[Reading]:
        """Read microdata.

        Where it names several times, teasers are marked up too, and the place on the page has to tell.
        """
        found: list[Reading] = []
        marked = (one for one in tree.xpath("(//*[@itemprop])[position() <= 2000]") if one.tag != "meta")
        for element in islice((one for one in marked if name in one.get("itemprop").lower().split()), _MARKED):
            values = (element.get("datetime"), element.get("content"), (element.text or "")[:_LONGEST])
            found += list(self.readings(values, "microdata"))[:1]
        return found if len({moment.time for moment, _ in found}) == 1 else []


def _begin_in(zone: tzinfo, local: tzinfo, seen: Seen) -> Seen:
    """Let a day without a time begin in the source's zone, as it does wherever else it is found."""
    if seen.moment.has_time_of_day or zone is local:
        return seen
    return seen._replace(moment=_day_in(zone, seen.moment.time.astimezone(local).date()))


def _day_in(zone: tzinfo, day: date) -> Moment:
    return Moment(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC), has_time_of_day=False)


def _choose(readings: list[Reading], zone: tzinfo) -> Choice | None:
    if not readings:
        return None
    moment, origin = _pick(readings, zone)
    return Choice(moment.time, origin)


def _pick(readings: list[Reading], zone: tzinfo) -> Reading:
    """Pick the first, or one of the same day that has a time of day where it has none."""
    first = readings[0]
    if _is_fine(first[0], zone):
        return first
    days = _days(first[0], zone)
    later = (reading for reading in readings if _is_fine(reading[0], zone) and days & _days(reading[0], zone))
    return next(later, first)


def _days(moment: Moment, zone: tzinfo) -> set[date]:
    """Name the day here and in UTC: midnight is often written in the wrong one of the two."""
    return (
        {moment.time.astimezone(zone).date(), moment.time.date()}
        if moment.has_time_of_day
        else {moment.time.astimezone(zone).date()}
    )


def _has_fine(readings: list[Reading], zone: tzinfo) -> bool:
    return bool(readings) and _is_fine(_pick(readings, zone)[0], zone)


def _is_fine(moment: Moment, zone: tzinfo) -> bool:
    """Tell a time of day from midnight, which templates put where they know the day alone."""
    midnight = (0, 0, 0)
    local = moment.time.astimezone(zone)
    clocks = {(time.hour, time.minute, time.second) for time in (moment.time, local)}
    return moment.has_time_of_day and midnight not in clocks


def _order(language: str | None, url: str, zone: tzinfo) -> Order | None:
    """Tell how the page's numbers are ordered: by its language's region, its country, or the source's zone."""
    tag = (language or "").lower().replace("_", "-")
    if not tag.startswith("en"):
        return order_of(tag)
    if tag not in {"en", "en-us"} or (urlsplit(url).hostname or "").rpartition(".")[2] in _DAY_FIRST:
        return "dmy"
    return "mdy" if tag == "en-us" or str(zone).startswith(_UNITED_STATES) else None


def _day_of_url(url: str) -> date | None:
    """Read the day in an address such as /2024/05/03/, /2024-05-03-title or /20240503/."""
    for found in _URL_DAY.finditer(urlsplit(url).path.lower()):
        year, between, month, day = found.groups()
        if between or len(month) == len(day) == len("05"):
            moment = read_moment(f"{day} {month} {year}" if month.isalpha() else f"{year}-{month}-{day}", UTC)
            if moment:
                return moment.time.date()
    return None


def _of_scripts(tree: Any, known: list[Reading], zone: tzinfo) -> list[Reading]:
    """Read the state that scripts carry: a time of the day already known, or the only time they name."""
    times = {
        moment.time: moment
        for script in tree.iter("script")
        if len(text := script.text or "") <= _LONGEST_SCRIPT
        for value in _SCRIPT_DATE.findall(text)
        if (moment := read_moment(value, zone))
    }
    if known:
        days = _days(known[0][0], zone)
        agreeing = [moment for moment in times.values() if days & _days(moment, zone)]
    else:
        agreeing = list(times.values())
    return [(agreeing[0], "html")] if len(agreeing) == 1 else []
