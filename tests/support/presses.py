"""Three papers that print each other's texts, mend their own and take some back, with the truth of it all.

The texts are those of the demo's sample news, which share no sentence with one another.
"""

import random
import tomllib
from dataclasses import dataclass, replace
from html import escape
from importlib import resources
from typing import Self

from tests.support.pages import rss
from tests.support.sites import Site

STATEMENT = (
    """\
The association of harbour towns said in a statement on Thursday that it regrets the decision of the sea office and
will ask for a hearing before the end of the month. The towns had offered to pay for half of the new sea marks, the
statement says, and had been told in the spring that this would be enough.""",
    """\
It adds that eleven of the fourteen towns have already set money aside, that the others are to vote on it within
six weeks, and that no town can be asked to pay twice for what has been promised once. The association speaks for
about four hundred thousand people along the coast.""",
)
HEADER = "SALTMERE (Coastal Wire) - This report was taken from the wire and has not been changed by our desk."
WIRE_FOOTER = (
    "Reporting by the Coastal Wire desk in Saltmere; writing for this page by the night shift of the paper."
)


@dataclass(frozen=True, slots=True)
class Text:
    """What one page shows of an article."""

    headline: str
    paragraphs: tuple[str, ...]
    published: str = "2026-11-03T07:30:00+00:00"
    modified: str | None = None
    canonical: str | None = None
    around: tuple[str, ...] = ()
    """Paragraphs after the text that are none of it."""

    def page(self) -> str:
        """The page."""
        modified = self.modified and f'<meta property="article:modified_time" content="{self.modified}">'
        canonical = self.canonical and f'<link rel="canonical" href="{self.canonical}">'
        body = "".join(f"<p>{escape(line)}</p>" for line in (*self.paragraphs, *self.around))
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(self.headline)}</title>'
            f'<meta property="og:type" content="article"><meta property="article:published_time"'
            f' content="{self.published}">{modified or ""}{canonical or ""}</head>'
            f"<body><article><h1>{escape(self.headline)}</h1>{body}</article></body></html>"
        )


def texts() -> list[Text]:
    """The sample news, as texts."""
    stories = tomllib.loads(resources.files("scheduler.demo").joinpath("stories.toml").read_text("utf-8"))["story"]
    bodies = [(story["headline"], story["body"]) for story in stories if {"headline", "body"} <= story.keys()]
    paragraphs = [(headline, [" ".join(p.split()) for p in body.split("\n\n")]) for headline, body in bodies]
    return [Text(headline, tuple(p for p in lines if p)) for headline, lines in paragraphs if len(lines) > 2]


def with_two_words_changed(text: Text) -> Text:
    """A near-copy as a night desk makes it."""
    first, *others = text.paragraphs
    words = first.split()
    words[5], words[-4] = "reportedly", "perhaps"
    return replace(text, paragraphs=(" ".join(words), *others))


def with_scattered_edits(text: Text, *, share: float = 0.1, seed: int = 5) -> Text:
    """A near-copy in which so large a share of the words is another."""
    rng = random.Random(seed)
    changed = [
        " ".join(word + "ish" if rng.random() < share else word for word in paragraph.split())
        for paragraph in text.paragraphs
    ]
    return replace(text, paragraphs=tuple(changed))


def with_wire(text: Text) -> Text:
    """A near-copy with what a news agency and a desk put around it."""
    return replace(text, paragraphs=(HEADER, *text.paragraphs, WIRE_FOOTER))


def about_statement(text: Text) -> Text:
    """An article of its own that quotes the statement at length."""
    return replace(text, paragraphs=(*text.paragraphs[:2], *STATEMENT))


class Papers:
    """The sites, what they print, and a configuration's sources for them."""

    names = ("gazette", "herald", "courier")

    def __init__(self) -> None:
        self.sites = {name: Site() for name in self.names}
        self.listed: dict[str, list[str]] = {name: [] for name in self.names}

    def __enter__(self) -> Self:
        for site in self.sites.values():
            site.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        for site in self.sites.values():
            site.__exit__(*error)

    @property
    def sources(self) -> list[dict]:
        """The tables of a configuration."""
        return [
            {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")]} for name, site in self.sites.items()
        ]

    def url(self, paper: str, path: str) -> str:
        """Where a page is."""
        return self.sites[paper].url(path)

    def put(self, paper: str, path: str, text: Text) -> None:
        """Print a text, whether it is listed or not."""
        self.sites[paper].pages[path] = text.page()

    def list(self, paper: str, *paths: str) -> None:
        """Make a paper's feed list these paths, beside those it lists already."""
        self.listed[paper] += paths
        self.sites[paper].pages["/feed"] = rss(*(self.url(paper, path) for path in self.listed[paper]))

    def take_back(self, paper: str, path: str, answer) -> None:
        """Have a page answer so from now on."""
        self.sites[paper].pages[path] = answer
