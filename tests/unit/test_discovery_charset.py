"""Charsets, and what documents say of them."""

import pytest

from crawler.discovery import discover

URL = "https://paper.example/rss.xml"

TITLES = {
    "windows-1251": "Наводнение в портовом городе, власти обещают помощь жителям",
    "koi8-r": "Наводнение в портовом городе, власти обещают помощь жителям",
    "shift_jis": "港町で洪水、市は住民への支援を約束した。新しいバス路線が始まる",
    "euc-jp": "港町で洪水、市は住民への支援を約束した。新しいバス路線が始まる",
    "gb18030": "港口城市发生洪水，市政府承诺援助居民，新的公交线路开始运营",
    "euc-kr": "항구 도시에 홍수가 발생해 시 당국은 주민 지원을 약속했다",
    "windows-1256": "فيضانات في المدينة الساحلية والسلطات تعد بمساعدة السكان",
    "windows-1253": "Πλημμύρες στην παραλιακή πόλη, οι αρχές υπόσχονται βοήθεια",
    "windows-1252": "Überschwemmung in der Stadt – für größere Hilfe: l’été à Étaples",
}


def feed(title, declared=None):
    prolog = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    return f"{prolog}<rss><channel><item><link>/1</link><title>{title}</title></item></channel></rss>"


def read(body, content_type=None):
    found = discover(body, URL, content_type=content_type)
    return found.links[0].headline, found.damage


@pytest.mark.parametrize("charset", TITLES)
def test_a_charset_that_is_told_is_heard(charset):
    """What the header or the declaration says is used."""
    title = TITLES[charset]
    assert read(feed(title).encode(charset), f"text/xml; charset={charset}") == (title, None)
    assert read(feed(title, charset).encode(charset)) == (title, None)


@pytest.mark.parametrize("charset", TITLES)
def test_a_header_that_says_latin_1_of_everything_is_not_believed(charset):
    """The document's own declaration counts before a server's default."""
    title = TITLES[charset]
    assert read(feed(title, charset).encode(charset), "text/xml; charset=ISO-8859-1") == (title, None)


@pytest.mark.parametrize("charset", TITLES)
@pytest.mark.parametrize("claim", [None, "utf-8", "utf-16", "no-such-charset"])
def test_a_charset_that_is_not_told_is_detected(charset, claim):
    """A document that is not what it claims, or claims nothing, is read as what its bytes look like."""
    title, damage = read(feed(TITLES[charset], claim).encode(charset))
    assert title == TITLES[charset]
    assert damage.startswith("is not valid utf-8: read as ")


@pytest.mark.parametrize("charset", ["windows-1251", "shift_jis", "gb18030", "utf-16", "iso-8859-1"])
def test_utf_8_is_utf_8_whatever_it_claims(charset):
    """Neither header nor declaration makes other characters of valid UTF-8."""
    title = TITLES["gb18030"]
    assert read(feed(title, charset).encode(), f"text/xml; charset={charset}")[0] == title


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", "", "\n"])
@pytest.mark.parametrize("content_type", [None, "text/xml; charset=utf-8"])
def test_utf_16_is_known_by_its_bytes(charset, mark, content_type):
    """With and without a byte order mark, whatever the header says."""
    title = TITLES["gb18030"]
    assert read(f"{mark}{feed(title, 'utf-16')}".encode(charset), content_type) == (title, None)


def test_half_a_character_of_utf_16_is_damage():
    """What is cut in mid-character is read up to there."""
    title, damage = read(feed("aé").encode("utf-16-le") + b"\n")
    assert (title, damage.partition(";")[0]) == ("aé", "has broken characters")


@pytest.mark.parametrize("charset", ["gb18030", "shift_jis", "euc-kr"])
def test_a_few_broken_bytes_cost_themselves_alone(charset):
    """A document with stray bytes of another charset stays what it claims to be."""
    title = TITLES[charset]
    found, damage = read(feed(f"{title} \0", charset).encode(charset).replace(b"\0", b"\x85 \x85 "))
    assert found.startswith(title)
    assert damage == "has broken characters"


def test_mixed_utf_8_stays_utf_8():
    """Of text in two charsets the greater part is read well, whatever the header says."""
    body = feed(TITLES["windows-1251"], "utf-8").encode() + "<!-- é -->".encode("cp1252")
    for content_type in (None, "text/xml; charset=windows-1252"):
        title, damage = read(body, content_type)
        assert title == TITLES["windows-1251"]
        assert "read as utf-8" in damage


def test_shifted_japanese_is_read():
    """ISO-2022-JP, whose every byte is ASCII, is no UTF-8."""
    title = TITLES["euc-jp"]
    assert read(feed(title, "iso-2022-jp").encode("iso-2022-jp"))[0] == title


@pytest.mark.parametrize(
    "claim", ["unicode_escape", "utf-7", "idna", "base64", "rot13", "undefined", "\0", "x" * 50]
)
def test_codecs_that_are_no_charsets_are_not_used(claim):
    """Python knows codecs that no document is written in."""
    body = feed("a+2AA-\\x41é", claim if claim.isprintable() else None).encode("cp1252")
    assert read(body, f"text/xml; charset={claim}")[0] == "a+2AA-\\x41é"
