import pytest

from crawler.article import Article
from crawler.extraction import extract, read
from crawler.extraction.verdict.page_words import names_list, names_search, names_static_page
from crawler.extraction.verdict.verdict import THRESHOLD, WEIGHTS
from tests.support.hard_articles import POSITIVES
from tests.support.kinds import NEGATIVES


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_article_is_refused_as_what_it_is(name):
    """Fronts, lists, galleries, notices, walls, shops: each with the reason and the kind of page."""
    page = NEGATIVES[name]()
    found = extract(page.html.encode(), page.url)
    assert not isinstance(found, Article)
    assert f"{found.reason} {found.detail}".startswith(page.kind)
    assert found.evidence["score"] == sum(found.evidence["weights"].values())


@pytest.mark.parametrize("name", POSITIVES)
def test_an_unusual_article_is_an_article(name):
    """Short, bare, in any script, made of lists, full of links: it is stored, and its score says why."""
    page = POSITIVES[name]()
    reading = read(page.html.encode(), page.url, headers={})
    assert isinstance(reading.result, Article), reading.result
    assert reading.verdict.score >= THRESHOLD
    assert reading.verdict.score == sum(WEIGHTS[piece.name] for piece in reading.verdict.evidence)


@pytest.mark.parametrize(
    "headline",
    [
        "Search for missing hiker goes on",
        "Suche nach vermisstem Wanderer geht weiter",
        "Résultats de l'élection: le bac l'emporte",
        "Resultados de la lotería",
        "Fire destroys the city archive",
        "News from the front line",
        "Stories for a winter evening",
        "About a boy",
        "Privacy policy of ferry company under fire",
        "Contact lost with fishing boat",
        "Articles of faith",
    ],
)
def test_a_headline_that_begins_like_a_notice_is_a_headline(headline):
    """Words that name a list, a search or a notice count only where nothing else is said."""
    assert not any(names(headline) for names in (names_list, names_search, names_static_page))


def test_a_front_with_the_item_of_one_teaser_is_no_article_for_it():
    """JSON-LD that describes another page does not make this one an article."""
    page = NEGATIVES["front with the item of its first teaser alone"]()
    assert "json_ld_article" not in extract(page.html.encode(), page.url).evidence["weights"]
