import pytest

from crawler.extraction.fields.datelines import read_dateline
from tests.support.articles import MARKUP, article, ld, news, page


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("KOLKATA, May 3 (Reuters) - The ferry is back", "KOLKATA"),
        ("BERLIN (dpa) \u2013 Die Fähre fährt wieder", "BERLIN"),
        ("Berlin/Hamburg (dpa/lno) - Die Fähre", "Berlin/Hamburg"),
        ("PARIS \u2014 The ferry is back", "PARIS"),
        ("HARBOUR TOWN \u2014 The ferry is back", "HARBOUR TOWN"),
        ("PORTLAND, Ore. (AP) \u2014 The ferry", "PORTLAND, Ore."),
        ("New Delhi: The ferry is back", "New Delhi"),
        ("New Delhi [India], May 3 (ANI): The ferry", "New Delhi"),
        ("Harbour Town, May 3 (AFP) - The ferry", "Harbour Town"),
        ("Harbour Town/IBNS: The ferry", "Harbour Town"),
        ("Madrid, 3 may (EFE).- El transbordador", "Madrid"),
        ("(ANSA) - ROMA, 03 MAG - Il traghetto", "ROMA"),
        ("МОСКВА, 3 мая. /ТАСС/. Паром", "МОСКВА"),
        ("新华社北京5月3日电 渡轮", "北京"),
        ("After eleven weeks the boat is back\nLONDON \u2014 The ferry", "LONDON"),
    ],
)
def test_place_that_opens_the_text(opening, place):
    """A place counts with an agency or a day beside it, in capitals before a dash, or where it is well known."""
    assert read_dateline(opening) == place


@pytest.mark.parametrize(
    "opening",
    [
        "The ferry - once lost - is back",
        "Analysis: the ferry is back",
        "EXCLUSIVE \u2014 The ferry is back",
        "NATO \u2014 the alliance \u2014 has ferries",
        "Harbour Town: The ferry is back",
        "Ines Varga (Harbour Party) - the captain",
        "Mr. Lind (CDU) - who has ferries",
        "Question: what now?",
        "",
        "A" * 100_000,
        "Aa " * 50_000 + "(AP) - ",
    ],
)
def test_no_place(opening):
    """Labels, abbreviations, people and dashes inside a sentence are no datelines."""
    assert read_dateline(opening) is None


def test_dateline_of_an_article():
    """JSON-LD's dateline is believed first; else it is derived from the text, which keeps it."""
    body = f"<h1>Ferry returns</h1><p>OSLO \u2014 The ferry is back, as everybody wished.</p>{MARKUP}"
    found = article(page(body=body))
    assert (found.dateline, found.origins["dateline"]) == ("OSLO", "derived")
    assert found.article_body.startswith("OSLO \u2014 The ferry")
    found = article(page(head=ld(news(dateline="Harbour Town")), body=body))
    assert (found.dateline, found.origins["dateline"]) == ("Harbour Town", "json_ld")
