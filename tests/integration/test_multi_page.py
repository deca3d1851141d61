"""Articles over several pages, crawled: one row an article, with all of its text."""

from contextlib import ExitStack
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import rss
from tests.support.sites import Site, in_turn, redirect, status

SAID = "The council of Lendmouth heard on Monday evening what was found below the {} and what it is going to cost."
STANDFIRST = "A report of several pages on what lies below the old bridge of Lendmouth, and who is to pay for it."


def paper(headline, about, *links, canonical=None):
    """A page of an article with a paragraph of its own, and these links below it."""
    pager = "".join(f"<a {link}</a>" for link in links)
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        f'<!doctype html><html lang="en"><head><title>{headline} | Gazette</title>{head}'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{headline}"></head>'
        f"<body><article><h1>{headline}</h1><p>{STANDFIRST}</p><p>{SAID.format(about)}</p></article>"
        f'<div class="pager">{pager}</div></body></html>'
    )


def numbered(path, *numbers):
    return [f'href="{path}?page={number}">{number}' for number in numbers]


def pages(part="arch"):
    """A site's pages; the article on four of them speaks of such parts."""
    four = {
        f"/four{'' if number == 1 else f'/{number}'}": paper(
            "Four pages",
            f"{part} {number}",
            'href="/four">1',
            *(f'href="/four/{other}">{other}' for other in (2, 3, 4)),
            'rel="next" href="/other">Next article',
        )
        for number in (1, 2, 3, 4)
    }
    return {
        "/robots.txt": "User-agent: *\nDisallow: /barred/2\n",
        **four,
        "/other": paper("Another article", "tower", 'rel="next" href="/old">Next article'),
        "/old": paper("An old article", "quay"),
        "/loop": paper("Round and round", "river", 'href="/loop/2">2'),
        "/loop/2": paper("Round and round", "stream", 'href="/loop/3">3', 'href="/loop">1'),
        "/loop/3": redirect("/loop"),
        "/same": paper("All on one", "roof", 'href="/same/2">2'),
        "/same/2": paper("All on one", "roof", 'href="/same/3">3'),
        "/gap": paper("Page three is missing", "gate", 'href="/gap/2">2'),
        "/gap/2": paper("Page three is missing", "wall", 'href="/gap/3">3', 'href="/gap">1'),
        "/gap/3": status(404),
        "/barred": paper("Not for robots", "cellar", 'href="/barred/2">2'),
        "/weather": paper("Rain", "clouds", 'href="/weather/2">2'),
        "/weather/2": paper("Elections in the autumn", "town hall"),
        "/endless": paper("Endless", "sea 1", 'href="/endless/2">2'),
        **{
            f"/endless/{n}": paper("Endless", f"sea {n}", f'href="/endless/{n + 1}">{n + 1}') for n in range(2, 30)
        },
        "/late": paper("Named by its second page", "dock", 'href="/late/2">2'),
        "/late/2": paper("Named by its second page", "yard", 'href="/late">1', 'rel="prev" href="/late">Back'),
    }


def story(part, answer):
    """An article on three pages that speaks of such parts, whose second page is answered so."""
    return {"/three": paper("In three pages", f"{part} 1", 'href="/three/2">2'), "/three/2": answer}


def second(part, *links):
    return paper("In three pages", f"{part} 2", *links)


LISTED = ("/four", "/four/3", "/other", "/loop", "/same", "/gap", "/barred", "/weather", "/endless", "/late/2")
SINGLE = tuple(f"/single/{letter}" for letter in "abcde")

PAGES = (
    "SELECT p.* FROM tidings.pages p JOIN tidings.sources s USING (source_id) WHERE s.name = %s ORDER BY page_id"
)
COPIES = "SELECT * FROM tidings.copies WHERE source = %s ORDER BY revision"


@pytest.fixture(scope="module")
def sites():
    """The site of each source."""
    made = {
        "gazette": (LISTED, pages()),
        "late": (["/three"], story("pillar", in_turn(status(404), second("pillar", 'href="/three">1')))),
        "away": (["/three"], story("pier", in_turn(second("pier"), status(500)))),
        "thrifty": (
            ["/four", *SINGLE],
            pages("vault") | {path: paper(f"Article {path}", path) for path in SINGLE},
        ),
    }
    with ExitStack() as stack:
        opened = {name: stack.enter_context(Site(answers)) for name, (_, answers) in made.items()}
        for name, site in opened.items():
            site.pages["/feed"] = rss(*map(site.url, made[name][0]))
        yield opened


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def visits(module_database, sites, tmp_path_factory):
    """A run over every site, and what was stored by it; one more over three of them, and what is stored then."""
    database = module_database
    sources = {
        name: {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")]} for name, site in sites.items()
    }
    sources["thrifty"]["max_pages"] = 1
    config = configuration(tmp_path_factory.mktemp("config"), *sources.values())
    first = crawled(config, database)[1]
    seen = SimpleNamespace(first=first, asked={name: list(site.paths) for name, site in sites.items()})
    seen.pages, seen.copies = stored(database, sites)
    with psycopg.connect(database, autocommit=True) as connection:
        now_due = "UPDATE tidings.urls SET next_visit_at = now() WHERE next_visit_at IS NOT NULL"
        connection.execute(f"{now_due} AND starts_with(url, %s)", [sites["late"].url("/")])
    seen.again = crawled(config, database, "late")[1]
    seen.again |= crawled(config, database, "--revisit", "gazette", "away")[1]
    seen.pages_then, seen.copies_then = stored(database, sites)
    return seen


def stored(database, names):
    """The pages and the copies of each source."""
    with psycopg.connect(database, row_factory=dict_row) as connection:
        return [
            {name: connection.execute(statement, [name]).fetchall() for name in names}
            for statement in (PAGES, COPIES)
        ]


@pytest.fixture(scope="module")
def visit(visits, sites):
    """The first run over the gazette, and the one that visits all of it again."""
    site = sites["gazette"]
    return SimpleNamespace(
        site=site,
        run=visits.first["gazette"],
        asked=visits.asked["gazette"],
        pages=visits.pages["gazette"],
        copies={
            row["url"].removeprefix(site.url("")): row for row in visits.copies["gazette"] if row["is_current"]
        },
        again=visits.again["gazette"],
    )


def page(visit, path):
    found = [row for row in visit.pages if row["url"] == visit.site.url(path)]
    assert found, path
    return found[-1]


def about(visit, path):
    """What the article at a path speaks of, page by page."""
    lines = visit.copies[path]["article_body"].split("\n")
    assert lines.pop(0) == STANDFIRST
    return [line.partition("below the ")[2].partition(" and")[0] for line in lines]


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("/four", ["arch 1", "arch 2", "arch 3", "arch 4"]),
        ("/loop", ["river", "stream"]),
        ("/same", ["roof"]),
        ("/gap", ["gate", "wall"]),
        ("/barred", ["cellar"]),
        ("/weather", ["clouds"]),
        ("/endless", [f"sea {number}" for number in range(1, 21)]),
        ("/late", ["dock", "yard"]),
        ("/other", ["tower"]),
    ],
)
def test_an_article_has_the_text_of_all_its_pages(visit, path, texts):
    """Pages are joined in their order, up to the last one that can be had; what they repeat is kept once."""
    assert about(visit, path) == texts
    assert visit.copies[path]["num_pages"] == len(texts)


def test_further_pages_are_no_articles(visit):
    """What is stored are the articles, and no page of one; a next article that nobody listed is left alone."""
    assert set(visit.copies) == {
        "/four", "/loop", "/same", "/gap", "/barred", "/weather", "/weather/2", "/endless", "/late", "/other",
    }  # fmt: skip
    assert "/old" not in visit.asked


@pytest.mark.parametrize(
    ("path", "outcome", "reason", "detail"),
    [
        ("/four/2", "rejected", "part_of_article", "page 2 of {}/four"),
        ("/four/4", "rejected", "part_of_article", "page 4 of {}/four"),
        ("/loop/3", "rejected", "part_of_article", "page 3 of {0}/loop: leads back to {0}/loop"),
        ("/same/2", "rejected", "part_of_article", "page 2 of {}/same: adds nothing to it"),
        ("/gap/3", "failed", "http_404", "page 3 of {}/gap: the server answered 404"),
        ("/gap", "new", "new_text", "without page 3 ({}/gap/3): http_404"),
        ("/barred", "new", "new_text", "without page 2 ({}/barred/2): robots_disallowed"),
        ("/weather/2", "new", "new_text", None),
        ("/endless/21", "rejected", "part_of_article", "page 21 of {}/endless: of an article 20 pages are read"),
        ("/endless", "new", "new_text", "without page 21 ({}/endless/21): part_of_article"),
        ("/late/2", "rejected", "part_of_article", None),
        ("/four", "new", "new_text", None),
    ],
)
def test_each_page_has_its_end(visit, path, outcome, reason, detail):
    """Every page is recorded with its own outcome, and the article says what is missing of it."""
    row = page(visit, path)
    assert (row["outcome"], row["reason"]) == (outcome, reason)
    if detail:
        assert row["detail"] == detail.format(visit.site.url(""))


def test_what_is_not_allowed_is_not_asked(visit):
    """The rules of robots.txt are those of any page, and no page over the bound is asked for."""
    assert not {"/barred/2", "/endless/21"} & set(visit.asked)


def test_the_run_counts_further_pages(visit):
    """Further pages count as links: outcomes and links of the run add up."""
    outcomes = ("new", "changed", "duplicate", "unchanged", "rejected", "failed")
    total = sum(visit.run[f"num_{outcome}"] for outcome in outcomes) + visit.run["num_known"]
    assert visit.run["num_links"] == total == len(visit.pages)


def test_a_revisit_joins_again(visit):
    """All articles are read anew with all their pages, and are as they were."""
    assert (visit.again["num_changed"], visit.again["num_new"]) == (0, 0)
    assert visit.again["num_unchanged"] >= len(visit.copies)


def test_a_page_that_comes_late_completes_the_article(visits):
    """The page that failed is tried again by itself, and once it is there, the first page is read anew."""
    run, copies = visits.again["late"], visits.copies_then["late"]
    assert (run["num_changed"], run["num_rejected"], run["num_failed"]) == (1, 2, 0)
    assert [(row["revision"], row["num_pages"]) for row in copies] == [(1, 1), (2, 2)]


def test_a_page_that_is_away_for_a_while_costs_no_text(visits, sites):
    """A text that is stored with more pages is kept while one of them does not answer; the visit has failed."""
    site, run, copies = sites["away"], visits.again["away"], visits.copies_then["away"]
    failed = {row["url"]: row for row in visits.pages_then["away"] if row["outcome"] == "failed"}
    assert [row["num_pages"] for row in copies if row["is_current"]] == [2]
    assert (run["num_changed"], run["num_failed"]) == (0, 2)
    assert failed[site.url("/three")]["detail"] == f"page 2 ({site.url('/three/2')}): http_5xx"


def test_the_pages_count_towards_the_runs_budget(visits):
    """An article that was begun is read to its end; as many other pages are left to a later run."""
    run, counted = visits.first["thrifty"], [row["reason"] for row in visits.pages["thrifty"]]
    assert run["num_new"] == 1
    assert counted.count("over_budget") == 5
    assert run["num_links"] == len(counted)
