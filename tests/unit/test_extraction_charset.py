import codecs

import pytest

from crawler.extraction.charset import decode
from tests.support.articles import article

TEXTS = {
    "windows-1251": "Паром снова ходит по вечерам, и билеты стоят столько же, сколько весной. ",
    "koi8-r": "Паром снова ходит по вечерам, и билеты стоят столько же, сколько весной. ",
    "shift_jis": "夕方のフェリーは十一週間ぶりに運航を再開し、最初の便は満席だった。",
    "euc-jp": "夕方のフェリーは十一週間ぶりに運航を再開し、最初の便は満席だった。",
    "iso-2022-jp": "夕方のフェリーは十一週間ぶりに運航を再開し、最初の便は満席だった。",
    "gb18030": "傍晚的渡轮在停航十一周后恢复运行。首班船座无虚席。票价不变。",
    "big5": "傍晚的渡輪在停航十一週後恢復運行。首班船座無虛席。票價不變。",
    "euc-kr": "저녁 여객선이 십일 주 만에 다시 운항을 시작했고 첫 배는 만석이었다. ",
    "windows-1252": "Die Fähre fährt wieder, sagt Kapitän Müller \u2013 \u201ewie früher\u201c. ",
    "iso-8859-2": "Wieczorny prom znów pływa, a bilety są tańsze niż dotąd – mówi żeglarz. ".replace("–", "-"),
    "windows-1256": "عادت العبارة المسائية إلى العمل بعد أحد عشر أسبوعا في الحوض الجاف. ",
    "windows-1254": "Akşam vapuru on bir hafta aradan sonra yeniden çalışıyor, ilk sefer doluydu. ",
}
UTF_8 = "text/html; charset=utf-8"
LATIN_1 = "text/html; charset=ISO-8859-1"
UKRAINIAN = "Вечірній пором знову ходить після одинадцяти тижнів у сухому доці. "


def markup(text, head=""):
    return f"<html><head>{head}<title>t</title></head><body><h1>{text[:9]}</h1><p>{text * 4}</p></body></html>"


def meta(charset):
    return f'<meta charset="{charset}">'


def http_equiv(charset):
    return f"<META http-equiv=Content-Type content='text/html; charset={charset}'>"


@pytest.mark.parametrize("charset", TEXTS)
@pytest.mark.parametrize("head", [meta, http_equiv])
def test_declared_in_the_page(charset, head):
    """A page is read in the charset that its meta tag names, old style or new."""
    text = markup(TEXTS[charset], head(charset))
    assert decode(text.encode(charset), "text/html") == text


@pytest.mark.parametrize("charset", TEXTS)
def test_declared_in_the_header(charset):
    """A page is read in the charset of the header, quoted or not, whatever other meta tag it has."""
    text = markup(TEXTS[charset], meta("utf-8"))
    assert decode(text.encode(charset), f"text/html; charset={charset}") == text
    assert decode(text.encode(charset), f'text/html;Charset="{charset.upper()}"') == text


@pytest.mark.parametrize("charset", TEXTS)
def test_header_says_utf_8_but_it_is_not(charset):
    """A header that the bytes do not bear out gives way to the page's own declaration."""
    text = markup(TEXTS[charset], meta(charset))
    assert decode(text.encode(charset), UTF_8) == text


@pytest.mark.parametrize("charset", ["windows-1251", "shift_jis", "euc-kr", "gb18030", "big5", "koi8-r"])
def test_header_says_latin_1_by_default(charset):
    """A server that calls everything latin-1 is not believed of text that is none in it."""
    text = markup(TEXTS[charset] * 3, meta(charset))
    assert decode(text.encode(charset), LATIN_1) == text


@pytest.mark.parametrize("charset", ["shift_jis", "euc-kr", "gb18030", "windows-1251"])
def test_declared_in_xml(charset):
    """XHTML's own declaration is read."""
    text = f'<?xml version="1.0" encoding="{charset}"?>\n' + markup(TEXTS[charset])
    assert decode(text.encode(charset), "application/xhtml+xml") == text


@pytest.mark.parametrize("charset", ["windows-1251", "shift_jis", "gb18030", "euc-kr"])
@pytest.mark.parametrize("content_type", [None, UTF_8])
def test_declared_nowhere_or_falsely(charset, content_type):
    """Where nothing true is declared the charset is detected."""
    text = markup(TEXTS[charset] * 3)
    assert TEXTS[charset] in decode(text.encode(charset), content_type)


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [UKRAINIAN, TEXTS["gb18030"], TEXTS["windows-1252"]])
@pytest.mark.parametrize("content_type", [None, UTF_8, "text/html; charset=utf-16"])
def test_utf_16(order, text, content_type):
    """UTF-16 is read with a byte order mark and without, declared or not."""
    page = markup(text, meta("utf-16"))
    mark = codecs.BOM_UTF16_LE if order == "utf-16-le" else codecs.BOM_UTF16_BE
    assert decode(page.encode(order), content_type) == page
    assert decode(mark + page.encode(order), content_type) == page


@pytest.mark.parametrize(
    "head", [meta("utf-16"), meta("windows-1251"), http_equiv("iso-8859-1"), meta("base64"), ""]
)
@pytest.mark.parametrize("content_type", [None, LATIN_1, "text/html; charset=utf-16le", "text/html; charset=none"])
def test_utf_8_under_false_names(head, content_type):
    """Valid UTF-8 is UTF-8 whatever header and meta tags say, and its byte order mark goes."""
    page = markup(UKRAINIAN, head)
    assert decode(page.encode(), content_type) == page
    assert decode(page.encode("utf-8-sig"), content_type) == page


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_byte_order_mark_that_lies(mark):
    """A mark before bytes of another charset costs no more than itself."""
    page = markup(TEXTS["windows-1251"], meta("windows-1251"))
    assert page in decode(mark + page.encode("windows-1251"), None)


def test_double_declaration():
    """Of two meta tags the one that the bytes bear out counts, in either order."""
    for first, second in (("utf-8", "shift_jis"), ("shift_jis", "utf-8")):
        page = markup(TEXTS["shift_jis"], meta(first) + http_equiv(second))
        assert decode(page.encode("shift_jis"), None) == page


@pytest.mark.parametrize("content_type", [None, UTF_8, LATIN_1, "text/html; charset=windows-1251"])
def test_utf_8_with_bad_bytes(content_type):
    """A UTF-8 page with a few bad bytes loses these, and not its charset."""
    page = markup(UKRAINIAN * 5).encode().replace("доці".encode(), "доці".encode()[:-1], 2)
    text = decode(page, content_type)
    assert text.count("\ufffd") == 2
    assert text.count(UKRAINIAN) == 18


@pytest.mark.parametrize("content_type", [None, UTF_8, LATIN_1])
def test_utf_8_with_pieces_of_windows_1252(content_type):
    """Words pasted in windows-1252 into a UTF-8 page are read as such."""
    pasted = "\u201eSchöne Fähre créée\u201c"
    page = markup(TEXTS["windows-1252"] * 6).encode().replace(b"</h1>", b" " + pasted.encode("cp1252") + b"</h1>")
    text = decode(page, content_type)
    assert pasted in text
    assert "\ufffd" not in text
    assert text.count("Kapitän Müller \u2013 \u201ewie früher\u201c") == 24


@pytest.mark.parametrize("charset", ["gb18030", "shift_jis", "euc-kr", "big5"])
def test_accident_in_a_declared_charset(charset):
    """A bad byte in a page of another charset breaks one character or two."""
    page = markup(TEXTS[charset] * 6, meta(charset)).encode(charset) + b"<p>\xff</p>"
    text = decode(page, "text/html")
    assert text.count(TEXTS[charset]) == 24
    assert text.count("\ufffd") <= 2


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B\xff", bytes(range(256)) * 9]
)
def test_no_text_at_all(body):
    """Any bytes become some text."""
    decode(body, "text/html; charset=rot13").encode("utf-8")


def test_article_in_the_charset_of_the_header():
    """Extraction reads a page in its charset."""
    page = markup(TEXTS["euc-kr"] * 3).encode("euc-kr")
    assert TEXTS["euc-kr"].strip() in article(page, content_type="text/html; charset=EUC-KR").article_body
