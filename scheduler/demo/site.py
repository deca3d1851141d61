"""Three invented newspapers on loopback, so that a newcomer can watch real spiders turn news into rows."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from importlib.resources import files
from ipaddress import ip_address
from itertools import count, cycle, islice, permutations
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

Trap = Literal["missing", "gallery", "private"]

_LISTED = 30  # a feed, sitemap or front page lists this many articles, newest first
_AGENCY = "/agency"  # where a paper keeps what it copied
_MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "sitemap": "application/xml",
}


@dataclass(frozen=True, slots=True)
class Text:
    """What an article says, in whichever paper it stands."""

    headline: str
    description: str
    section: str
    authors: tuple[str, ...]
    paragraphs: tuple[str, ...]


@dataclass(slots=True)
class Article:
    """A text as one paper publishes it. ``trap`` marks a listed page that must not become an article."""

    path: str
    text: Text
    date_published: datetime
    date_modified: datetime | None = None
    trap: Trap | None = None

    @property
    def last_changed(self) -> datetime:
        """When the text became what it is."""
        return self.date_modified or self.date_published

    @property
    def image_path(self) -> str:
        """Where the paper serves the article's picture."""
        return f"/images/{self.path.rpartition('/')[2]}.svg"

    @property
    def is_original(self) -> bool:
        """Whether another paper may copy the article."""
        return self.trap is None and not self.path.startswith(_AGENCY)


@dataclass(slots=True)
class Paper:
    """One table of ``papers.toml`` and what the paper has published so far, oldest first."""

    name: str
    title: str
    motto: str
    language: str
    timezone: str
    listing: Literal["rss", "atom", "sitemap"]
    markup: Literal["json_ld", "meta", "microdata"]
    colour: str
    date_format: str
    afterthought: str
    labels: dict[str, str]
    bulletin: dict[str, str]
    articles: dict[str, Article] = field(default_factory=dict)  # by path
    base_url: str = ""

    @property
    def listing_path(self) -> str:
        """The feed or sitemap that announces the paper's articles."""
        return f"/{self.listing}.xml"

    @property
    def newest(self) -> list[Article]:
        """What the paper lists, newest first."""
        return list(islice(reversed(self.articles.values()), _LISTED))

    def local(self, moment: datetime) -> datetime:
        """The moment on the paper's own clock."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def source(self) -> dict[str, Any]:
        """The ``[[source]]`` table by which the paper is followed."""
        key = "sitemaps" if self.listing == "sitemap" else "feeds"
        listing = [self.base_url + self.listing_path]
        return {"name": self.name, "url": f"{self.base_url}/", key: listing, "timezone": self.timezone}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _tables(file: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("scheduler.demo") / file).read_text(encoding="utf-8"))


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(" ".join(lines.split()) for lines in body.split("\n\n") if lines.strip())


def _text(story: dict[str, Any]) -> Text:
    return Text(
        headline=story["headline"],
        description=story["description"],
        section=story["section"],
        authors=tuple(story["authors"]),
        paragraphs=_paragraphs(story["body"]),
    )


def _bulletin(paper: Paper, number: int) -> Text:
    """Fill the paper's bulletin with figures that follow from its number."""
    figures = {"number": number, "a": 12 + number * 7 % 40, "b": 2 + number % 6, "c": 110 + number * 13 % 90}
    filled = {key: template.format_map(figures) for key, template in paper.bulletin.items()}
    return _text({**filled, "authors": [filled["author"]]})


def _line(verb: str, paper: Paper, headline: str) -> str:
    return f'{verb:<5}  {paper.title:<16}  "{headline}"'


class SampleSite:
    """Three newspapers on loopback, each on a port of its own, that publish more whenever they are told to.

    Nothing is random: two sites with the same clock publish the same pages in the same order. ``now`` returns
    an aware time; the articles there from the start are dated over the day before it.
    """

    def __init__(self, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._now = now
        self._papers = {table["name"]: Paper(**table) for table in _tables("papers.toml")["paper"]}
        self._templates = Environment(
            loader=PackageLoader("scheduler.demo"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.filters["rfc2822"] = format_datetime
        self._runners: list[web.AppRunner] = []
        script = _tables("stories.toml")
        self._open([story for story in script["story"] if "hours_ago" in story])
        self._news = self._upcoming([story for story in script["story"] if "hours_ago" not in story])
        self._edits = self._edited(script["edit"])
        pairs = permutations(self._papers.values(), 2)
        self._copying = cycle([(a, b) for a, b in pairs if a.language == b.language])
        self._turns = cycle([self._publish_new, self._publish_edit, self._publish_new, self._publish_copy])

    async def start(self, host: str = "127.0.0.1") -> None:
        """Serve each paper on a free port of a loopback address; ValueError for any other address."""
        if not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address; the sample site is not for the network")
        for paper in self._papers.values():
            application = web.Application()
            application.router.add_get("/{path:.*}", partial(self._answer, paper))
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
            self._runners.append(runner)
            await runner.setup()
            site = web.TCPSite(runner, host, 0)
            await site.start()
            paper.base_url = site.name

    async def stop(self) -> None:
        """Close the ports. Stopping a site that does not run does nothing."""
        while self._runners:
            await self._runners.pop().cleanup()

    def sources(self) -> list[dict[str, Any]]:
        """The ``[[source]]`` tables of the three papers, without a timetable. Call it after :meth:`start`."""
        return [paper.source() for paper in self._papers.values()]

    @property
    def urls(self) -> list[str]:
        """Every article URL now published: what a polite crawler that misses nothing has stored."""
        return [paper.base_url + article.path for paper, article in self._published() if not article.trap]

    @property
    def traps(self) -> dict[str, Trap]:
        """The listed URLs that must not become articles: one missing, one a gallery, one private."""
        return {
            paper.base_url + article.path: article.trap for paper, article in self._published() if article.trap
        }

    def publish(self) -> str:
        """Let the next scripted thing happen: a new article, an edit or a copy. Says in one line which."""
        return next(self._turns)()

    def _published(self) -> Iterator[tuple[Paper, Article]]:
        for paper in self._papers.values():
            for article in paper.articles.values():
                yield paper, article

    def _moment(self) -> datetime:
        return self._now().astimezone(UTC).replace(microsecond=0)

    def _add(self, paper: Paper, article: Article) -> None:
        paper.articles[article.path] = article
        self._latest = paper, article

    def _open(self, stories: list[dict[str, Any]]) -> None:
        """Publish what is there from the start: oldest first, so that a copy finds its original."""
        opened = self._moment()
        texts: dict[str, Text] = {}
        for story in sorted(stories, key=lambda story: -story["hours_ago"]):
            original = story.get("copy_of")
            path = _AGENCY + original if original else story["path"]
            texts[path] = texts[original] if original else _text(story)
            date = opened - timedelta(hours=story["hours_ago"])
            self._add(self._papers[story["paper"]], Article(path, texts[path], date, trap=story.get("trap")))

    def _upcoming(self, reserve: list[dict[str, Any]]) -> Iterator[tuple[Paper, str, Text]]:
        """The stories in reserve, then numbered bulletins from each paper in turn, without end."""
        for story in reserve:
            yield self._papers[story["paper"]], story["path"], _text(story)
        for number in count(1):
            for paper in self._papers.values():
                yield paper, f"/bulletins/{number}", _bulletin(paper, number)

    def _edited(self, script: list[dict[str, str]]) -> Iterator[tuple[Paper, Article, tuple[str, ...]]]:
        """The scripted edits, then an afterthought to whatever is newest, without end."""
        for edit in script:
            paper = self._papers[edit["paper"]]
            article = paper.articles[edit["path"]]
            paragraphs = article.text.paragraphs
            yield paper, article, tuple(text.replace(edit["old"], edit["new"]) for text in paragraphs)
        while True:
            paper, article = self._latest
            *before, last = article.text.paragraphs
            yield paper, article, (*before, f"{last} {paper.afterthought}")

    def _publish_new(self) -> str:
        paper, path, text = next(self._news)
        self._add(paper, Article(path, text, self._moment()))
        return _line("new", paper, text.headline)

    def _publish_edit(self) -> str:
        paper, article, paragraphs = next(self._edits)
        article.text = replace(article.text, paragraphs=paragraphs)
        article.date_modified = self._moment()
        return _line("edit", paper, article.text.headline)

    def _publish_copy(self) -> str:
        """One paper takes over the newest text of another, in its own language, that it does not have yet."""
        origin, paper = next(self._copying)
        original = next(
            article
            for article in reversed(origin.articles.values())
            if article.is_original and _AGENCY + article.path not in paper.articles
        )
        self._add(paper, Article(_AGENCY + original.path, original.text, self._moment()))
        return f"{_line('copy', paper, original.text.headline)} from the {origin.title}"

    async def _answer(self, paper: Paper, request: web.Request) -> web.Response:
        """One page of one paper; whatever else is asked for does not exist."""
        article = paper.articles.get(request.path)
        fixed = {
            "/": ("home.html", "text/html"),
            "/robots.txt": ("robots.txt", "text/plain"),
            paper.listing_path: (f"{paper.listing}.xml", _MEDIA_TYPES[paper.listing]),
        }
        if article and article.trap != "missing":
            layout = "gallery" if article.trap == "gallery" else f"article_{paper.markup}"
            template, media_type = f"{layout}.html", "text/html"
        elif request.path in fixed:
            template, media_type = fixed[request.path]
        elif request.path.startswith("/images/"):
            template, media_type = "image.svg", "image/svg+xml"
        else:
            raise web.HTTPNotFound
        page = self._templates.get_template(template).render(paper=paper, article=article)
        return web.Response(text=page, content_type=media_type, charset="utf-8")
