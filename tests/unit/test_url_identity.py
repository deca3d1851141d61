"""When two URLs are the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.identity import url_key
from crawler.ingestion.identity.urls import LONGEST_URL, canonical_form
from crawler.sites import is_same_site

SITE = "https://www.gazette.example"
SESSION = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

SAME = {
    "fragment": ("/news/1", "/news/1#comments"),
    "text fragment": ("/news/1", "/news/1#:~:text=ferry"),
    "empty fragment": ("/news/1", "/news/1#"),
    "empty hash-bang": ("/news/1", "/news/1#!"),
    "case of scheme and host": ("/news/1", "HTTPS://WWW.Gazette.EXAMPLE/news/1"),
    "http": ("/news/1", "http://www.gazette.example/news/1"),
    "default port of https": ("/news/1", "https://www.gazette.example:443/news/1"),
    "default port of http": ("/news/1", "http://www.gazette.example:80/news/1"),
    "port without a number": ("/news/1", "https://www.gazette.example:/news/1"),
    "port with zeros": ("https://gazette.example:8443/1", "https://gazette.example:08443/1"),
    "trailing dot": ("/news/1", "https://www.gazette.example./news/1"),
    "without www": ("/news/1", "https://gazette.example/news/1"),
    "space around": ("/news/1", " https://www.gazette.example/news/1\n"),
    "line break within": ("/news/1", "https://www.gazette.example/ne\nws/1"),
    "IDN": ("https://b\u00fccher.example/1", "https://xn--bcher-kva.example/1"),
    "IDN in upper case": ("https://B\u00dcCHER.example/1", "https://XN--BCHER-KVA.example/1"),
    "IPv6 in upper case": ("http://[2001:DB8::1]/1", "http://[2001:db8::1]:80/1"),
    "no path": ("", "/"),
    "last slash": ("/news/1", "/news/1/"),
    "double slash": ("/news/1", "/news//1"),
    "dots": ("/news/1", "/news/../news/./1"),
    "too many dots": ("/news/1", "/../../news/1"),
    "index file": ("/news/1/", "/news/1/index.html"),
    "index file with parameters": ("/?id=1", "/index.php?id=1"),
    "encoded letter": ("/news/ferry~1", "/n%65ws/ferry%7E1"),
    "case of an encoding": ("/news/%C3%A9", "/news/%c3%a9"),
    "plain letter beyond ASCII": ("/news/caf%C3%A9", "/news/caf\u00e9"),
    "encoded comma": ("/news/a,1", "/news/a%2C1"),
    "space": ("/news/a%20b", "/news/a b"),
    "lone percent": ("/news/100%25", "/news/100%"),
    "encoded parameter": ("/?q=a/b:c", "/?q=a%2Fb%3ac"),
    "plus in a parameter": ("/?q=a%20b", "/?q=a+b"),
    "no parameters": ("/news/1", "/news/1?"),
    "empty parameters": ("/news?a=1&b=2", "/news?&a=1&&b=2&"),
    "order of parameters": ("/news?a=1&b=2&c=3", "/news?c=3&a=1&b=2"),
    "equals sign without a value": ("/news?full", "/news?full="),
    "entity left in": ("/news?a=1&b=2", "/news?a=1&amp;b=2"),
    "entity before tracking": ("/news?a=1", "/news?a=1&amp;utm_source=rss"),
    "jsessionid in the path": ("/news/1.do", f"/news/1.do;jsessionid={SESSION}"),
    "jsessionid of a node": ("/news/1.do?a=1", "/news/1.do;JSESSIONID=ABC123!node1?a=1"),
    "ASP.NET": ("/news/1.aspx", "/(S(lit3py55t21z5v55vlm25s55))/news/1.aspx"),
    "ASP.NET, several": (
        "/news/1.aspx",
        "/(A(0123456789abcdefghijklmn)S(lit3py55t21z5v55vlm25s55))/news/1.aspx",
    ),
    "ASP.NET 1": ("/news/1.aspx", "/(lit3py55t21z5v55vlm25s55)/news/1.aspx"),
    "PHPSESSID": ("/news?id=1", f"/news?PHPSESSID={SESSION}&id=1"),
    "sid": ("/news?id=1", f"/news?id=1&sid={SESSION}"),
    "session of 26": ("/news?id=1", "/news?id=1&session_id=0a1b2c3d4e5f6g7h8i9j0k1l2m"),
    "session that is a UUID": ("/news?id=1", "/news?id=1&sessionid=2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"),
    "ASPSESSIONID": ("/news?id=1", "/news?id=1&ASPSESSIONIDQQGGGNCG=LKLDFFKCINFLDMFHCBCBMFLJ"),
    "ColdFusion": ("/news?id=1", "/news?CFID=12&CFTOKEN=7788&id=1"),
    "m.": ("/news/1", "https://m.gazette.example/news/1"),
    "mobile.": ("/news/1", "https://mobile.gazette.example/news/1"),
    "amp.": ("/news/1", "https://amp.gazette.example/news/1"),
    "m. below co.uk": ("https://www.post.co.uk/1", "https://m.post.co.uk/1"),
    "m. at a port": ("http://post.example:8080/1", "http://m.post.example:8080/1"),
    "m. below a section's host": ("https://sport.post.example/1", "https://m.sport.post.example/1"),
    "/amp": ("/news/bridge-reopens", "/news/bridge-reopens/amp"),
    "/amp/": ("/2026/03/02/bridge-reopens-today/", "/2026/03/02/bridge-reopens-today/amp/"),
    "/AMP": ("/news/bridge-reopens", "/news/bridge-reopens/AMP"),
    "/amp after a number": ("/news/123", "/news/123/amp"),
    "/amp after a file": ("/news/ferry.html", "/news/ferry.html/amp"),
    "/amp before": ("/news/bridge-reopens", "/amp/news/bridge-reopens"),
    "/amp before a number": ("/story/123", "/amp/story/123"),
    "/google-amp": ("/news/bridge-reopens", "/news/bridge-reopens/google-amp"),
    ".amp": ("/news/ferry", "/news/ferry.amp"),
    ".amp.html": ("/news/ferry.html", "/news/ferry.amp.html"),
    "?amp": ("/news/1", "/news/1?amp"),
    "?amp=1": ("/news/1?a=1", "/news/1?a=1&amp=1"),
    "?amp=true": ("/news/1", "/news/1?amp=true"),
    "?outputType=amp": ("/news/1", "/news/1?outputType=amp"),
    "host and path of AMP": ("/news/bridge-reopens", "https://amp.gazette.example/news/bridge-reopens/amp?amp=1"),
    "AMP cache": ("/news/1", "https://www-gazette-example.cdn.ampproject.org/c/s/www.gazette.example/news/1"),
    "AMP viewer": (
        "/news/1?a=1",
        "https://www-gazette-example.cdn.ampproject.org/v/s/www.gazette.example/news/1?amp_js_v=0.1&a=1&usqp=mq331",
    ),
    "Google's AMP viewer": ("/news/1", "https://www.google.com/amp/s/www.gazette.example/news/1"),
    "Google's, elsewhere": ("/news/1", "https://www.google.co.uk/amp/s/amp.gazette.example/news/1"),
}

OTHER = {
    "path": ("/news/1", "/news/2"),
    "case of the path": ("/news/Ferry", "/news/ferry"),
    "parameter": ("/news?page=2", "/news?page=3"),
    "no parameter": ("/news?page=2", "/news"),
    "case of a value": ("/news?id=aB", "/news?id=ab"),
    "parameter twice": ("/news?page=1&page=2", "/news?page=2&page=1"),
    "port": ("http://127.0.0.1:8080/1", "http://127.0.0.1:8081/1"),
    "port that is none of its scheme's": ("/news/1", "https://www.gazette.example:8443/news/1"),
    "port of the other scheme": ("https://gazette.example/1", "http://gazette.example:443/1"),
    "address": ("http://127.0.0.1/1", "http://127.0.0.2/1"),
    "host": ("https://gazette.example/1", "https://gazette.test/1"),
    "host below": ("https://gazette.example/1", "https://sport.gazette.example/1"),
    "another server of the site": ("https://gazette.example/1", "https://www3.gazette.example/1"),
    "scheme": ("ftp://gazette.example/1", "https://gazette.example/1"),
    "encoded slash": ("/news/a%2Fb", "/news/a/b"),
    "encoded question mark": ("/news/a%3Fb", "/news/a?b"),
    "encoded ampersand": ("/?q=a%26b", "/?q=a&b"),
    "encoded plus": ("/?q=a%2Bb", "/?q=a+b"),
    "encoded percent": ("/news/%2541", "/news/A"),
    "route of a script": ("/#!/news/1", "/#!/news/2"),
    "route of a script without mark": ("/#/news/1", "/#/news/2"),
    "route and home page": ("/#/news/1", "/"),
    "m.de": ("https://m.de/1", "https://de/1"),
    "mobile.de": ("https://mobile.de/1", "https://de/1"),
    "m.co.uk": ("https://m.co.uk/1", "https://co.uk/1"),
    "a blog called m": ("https://m.blogspot.com/1", "https://www.blogspot.com/1"),
    "a host that begins with m": ("https://max.example/1", "https://ax.example/1"),
    "m. and an address": ("http://m.127.0.0.1/1", "http://127.0.0.1/1"),
    "mobile. of another": ("https://mobile.post.example/1", "https://gazette.example/1"),
    "topic": ("/topic/amp", "/topic"),
    "tag beside articles": ("/news/2026/tag/amp", "/news/2026/tag"),
    "topic with a name like an article's": ("/topics/guitar-gear/amp", "/topics/guitar-gear"),
    "shop": ("/guitars/amp", "/guitars"),
    "shop's department": ("/shop/tube-amps-1/amp", "/shop/tube-amps-1"),
    "article called amp, by day": ("/2026/03/02/amp", "/2026/03/02"),
    "article called amp, by date": ("/2026-03-02/amp", "/2026-03-02"),
    "section called amp": ("/amp", "/"),
    "section below amp": ("/amp/reviews", "/reviews"),
    "word that begins with amp": ("/news/bridge-reopens/amplifier", "/news/bridge-reopens"),
    "word that ends with amp": ("/news/best-guitar-amp", "/news/best-guitar"),
    "amp as a value": ("/gear?amp=marshall", "/gear"),
    "not AMP": ("/gear?amp=0", "/gear"),
    "output of another kind": ("/news/1?outputType=print", "/news/1"),
    "a site like a cache": ("https://cdn.ampproject.example/c/s/gazette.example/1", "https://gazette.example/1"),
    "sid that is no session": ("/news?sid=42", "/news?sid=43"),
    "sid that is a word": ("/news?sid=international-news-from-the-harbour", "/news"),
    "cfid alone": ("/news?cfid=12", "/news"),
    "index with a path": ("/index.php/news/1", "/news/1"),
    "page named like an index": ("/news/index-1.html", "/news"),
}

TRACKING = """
    utm_source=rss utm_id=1 utm_anything=x UTM_Source=x fbclid=x gclid=x gclsrc=aw.ds dclid=x msclkid=x
    mc_cid=x mc_eid=x mkt_tok=x hsa_cam=1 hsa_grp=2 _hsenc=x _hsmi=1 __hstc=1 wt_mc=rss wt_zmc=x WT.mc_id=x
    icid=x cmpid=rss CMP=x ref_src=twsrc%5Etfw ref_url=https%3A%2F%2Fa.example smid=tw-share smtyp=cur
    xtor=RSS-1 at_medium=rss at_campaign=64 at_custom1=x guccounter=1 guce_referrer=x ns_mchannel=rss
    ns_source=x ito=1490 ftag=x yclid=1 twclid=1 ttclid=1 igshid=x spm=a.b.c _ga=1.2 _gl=x pk_campaign=x
    mtm_source=x srsltid=x ncid=x ocid=x mbid=x __twitter_impression=true ref=rss source=twitter from=whatsapp
    partner=rss emc=rss feedType=RSS feedName=topNews .tsrc=rss itm_source=x
"""
SELECTING = """
    id=7 p=7 page=2 ref=7 ref=home source=wire from=harbour lang=fr v=2 article=7 story=7 s=ferry q=ferry
    date=2026-03-02 cid=7 tid=7 view=print section=sport utmost=1 hash=1 amp_model=7 type=rss tab=feed
    sort=new m=202603 year=2026
"""


def whole(url):
    return SITE + url if url[:1] in {"", "/", "?", "#"} else url


@pytest.mark.parametrize(("url", "same"), SAME.values(), ids=SAME)
def test_what_makes_no_other_page_makes_no_other_key(url, same):
    """What no server tells apart, session ids, and twins for other devices do not count."""
    assert canonical_form(whole(same)) == canonical_form(whole(url))
    assert url_key(whole(same)) == url_key(whole(url))


@pytest.mark.parametrize(("url", "other"), OTHER.values(), ids=OTHER)
def test_another_page_has_another_key(url, other):
    """Whatever may select another text counts."""
    assert url_key(whole(url)) != url_key(whole(other))


@pytest.mark.parametrize("parameter", TRACKING.split())
def test_where_a_reader_came_from_does_not_count(parameter):
    """Tracking parameters are dropped wherever they stand."""
    assert url_key(f"{SITE}/news/1?{parameter}") == url_key(f"{SITE}/news/1")
    assert url_key(f"{SITE}/news?{parameter}&id=7") == url_key(f"{SITE}/news?id=7")


@pytest.mark.parametrize("parameter", SELECTING.split())
def test_what_a_reader_asked_for_counts(parameter):
    """A parameter that may select a text is kept."""
    assert url_key(f"{SITE}/news/1?{parameter}") != url_key(f"{SITE}/news/1")


PIECES = """
    / // . .. ? & = # #! #/ ; : @ % %2F %2f %41 %zz + a B \u00e9 amp .amp .amp.html m. www. amp. index.html story-1
    2026 &amp; ?amp=1 utm_source=x ;jsessionid=1 sid= (S(lit3py55t21z5v55vlm25s55)) gazette.example http:// https://
    www.google.com/amp/s/ cdn.ampproject.org/c/s/ :80 :443 :8080 127.0.0.1 [::1] \u3002 \uff0f \u0130 \x00 \ud800
"""
PUT_TOGETHER = st.lists(st.sampled_from([" ", *PIECES.split()])).map("".join)


@given(st.one_of(st.text(), PUT_TOGETHER, PUT_TOGETHER.map("https://".__add__)))
def test_the_canonical_form_is_stable(url):
    """The canonical form of a canonical form is itself."""
    once = canonical_form(url)
    assert canonical_form(once) == once


@given(st.one_of(st.text(), st.text(min_size=1).map("https://".__add__)))
def test_anything_has_a_key(text):
    """What is no URL has a key as well: it was seen."""
    assert len(url_key(text)) == 32


def test_of_a_url_without_end_the_beginning_counts():
    """What is kept of a URL has the key of the whole."""
    url = f"{SITE}/{'a' * LONGEST_URL}"
    assert url_key(url) == url_key(url[:LONGEST_URL])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"{SITE}/a", "http://gazette.example/b", True),
        (f"{SITE}/a", "https://m.sport.gazette.example/b", True),
        (f"{SITE}/a", "https://gazette.test/a", False),
        (f"{SITE}/a", f"{SITE}:8443/a", False),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/b", True),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8081/a", False),
        ("http://127.0.0.1/a", "http://126.0.0.1/a", False),
        ("https://a.post.co.uk/", "https://b.post.co.uk/", True),
        ("https://one.co.uk/", "https://two.co.uk/", False),
        ("https://one.blogspot.com/", "https://two.blogspot.com/", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_who_may_speak_for_whom(one, other, same):
    """Pages of one registrable domain at one port may name one another; blogs under one roof may not."""
    assert is_same_site(one, other) is same
