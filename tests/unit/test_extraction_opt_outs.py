import pytest

from crawler.extraction import read

URL = "https://gazette.example.com/story"


def opt_outs(head="", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<html><head><title>Story</title>{head}</head><body><p>Text</p></body></html>".encode()
    return read(body, URL, headers=names, agent="examplebot").opt_outs


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("noarchive", ("noarchive",)),
        ("NoIndex, nofollow", ("noindex",)),
        ("none", ("noindex",)),
        ("noai, noimageai", ("noai",)),
        ("examplebot: noarchive, noai", ("noai", "noarchive")),
        ("googlebot: noindex, noarchive", ()),
        ("googlebot: noindex,examplebot: noarchive", ("noarchive",)),
        ("unavailable_after: 25 Jun 2026 15:00:00 PST, noarchive", ("noarchive",)),
        ("max-snippet: 20", ()),
        ("", ()),
    ],
)
def test_x_robots_tag(header, found):
    """What concerns every robot, and what names ours; what is said to others is theirs."""
    assert opt_outs(x_robots_tag=header) == found


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("<meta name='robots' content='noindex,noarchive'>", ("noarchive", "noindex")),
        ("<meta name='ExampleBot' content='noai'>", ("noai",)),
        ("<meta name='googlebot' content='noarchive'>", ()),
        ("<meta name='tdm-reservation' content='1'>", ("tdm_reservation",)),
        ("<meta name='tdm-reservation' content='0'>", ()),
    ],
)
def test_meta_tags(head, found):
    """The same in the page itself."""
    assert opt_outs(head) == found


def test_text_and_data_mining():
    """The TDM Reservation Protocol's header."""
    assert opt_outs(tdm_reservation="1", x_robots_tag="noai") == ("noai", "tdm_reservation")
    assert opt_outs(tdm_reservation="0") == ()
