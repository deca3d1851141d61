"""Pages made to cost a reader time or memory. Each is a function of how many bytes it shall have, about."""

import json
import random
from collections.abc import Callable

from tests.support.pages import WORDS

Page = Callable[[int], str | bytes]

_PARAGRAPHS = f"<p>{WORDS}</p>" * 3
_DEEP = 250  # elements inside each other: libxml2 follows no more than 256


def page(body: str = "", head: str = "", paragraphs: str = _PARAGRAPHS) -> str:
    """An article with this in its head, and this after its text."""
    return (
        f"<!doctype html><html lang='en'><head><title>Ferry returns</title>{head}</head>"
        f"<body><h1>Ferry returns</h1><article>{paragraphs}{body}</article></body></html>"
    )


def _times(piece: str, size: int) -> str:
    return piece * (size // len(piece.encode()))


def _body(piece: str) -> Page:
    """The piece, over and over, in the body."""
    return lambda size: page(_times(piece, size))


def _inside(before: str, piece: str, after: str = "") -> Page:
    """The piece, over and over, between two others."""
    return lambda size: page(before + _times(piece, size) + after)


def _nested(tag: str, inner: str = "x ") -> Page:
    """Elements in each other as deep as a parser follows, again and again."""
    tower = f"<{tag}>" * _DEEP + inner * 500 + f"</{tag.split(maxsplit=1)[0]}>" * _DEEP
    return _body(tower)


def _head(before: str, piece: str, after: str) -> Page:
    return lambda size: page(head=before + _times(piece, size) + after)


def _attribute(name: str, piece: str) -> Page:
    return lambda size: page(f'<a {name}="{_times(piece, size)}">x</a>')


def _meta(name: str, piece: str) -> Page:
    return _head(f'<meta name="{name}" property="{name}" content="', piece, '">')


def _ld(item: object) -> str:
    return f'<script type="application/ld+json">{item if isinstance(item, str) else json.dumps(item)}</script>'


def _json(text: Callable[[int], str]) -> Page:
    return lambda size: page(head=_ld(text(size)))


def _news(**properties: Callable[[int], object]) -> Page:
    """JSON-LD of an article with these properties, each a function of the size."""

    def text(size: int) -> str:
        made = {name: value(size) for name, value in properties.items()}
        return json.dumps({"@type": "NewsArticle", "headline": "Ferry returns", **made}, ensure_ascii=False)

    return _json(text)


def _wall(title: str, body: str = "") -> Page:
    """A page with next to no text of its own: it is looked at for walls."""
    return lambda size: (
        f"<html><title>{_times(title, size)}</title><body><h1>x</h1>{_times(body, size)}</body></html>"
    )


def _bytes(before: bytes, piece: bytes, after: bytes = b"") -> Page:
    return lambda size: b"<html><title>x</title><p>" + before + piece * (size // len(piece)) + after


_LOCKED = "<meta property='article:content_tier' content='locked'>"
_CP1252 = b"<meta charset='windows-1252'>"
_MARKS = "\u0301\u0316"  # above and below: each pair is in the order that normalising turns round

PAGES: dict[str, Page] = {
    # elements, many and deep
    **{f"many {tag}": _body(f"<{tag}>x") for tag in ("a", "b", "h2", "li", "option", "p", "td", "time", "x")},
    **{f"deep {tag}": _nested(tag) for tag in ("div", "span", "font", "h1", "h2", "article", "ul", "blockquote")},
    "tables without end": _body("<table><tr><td>"),
    "elements of a hundred thousand names": lambda size: page(
        "".join(f"<t{n}>x</t{n}>" for n in range(size // 14))
    ),
    "links inside each other": _body("<b><i><a href=x>x</b></i>"),
    "end tags alone": _inside("<div>" * _DEEP, "</x>"),
    "linked headings": _body("<h2><a href=x>x</a></h2>"),
    "headings that hold nothing": _inside("<h2>" * _DEEP, "<b> </b>"),
    "times inside each other": _inside("<article>" * 100 + "<main>" * 100, "<time> </time>"),
    "authors inside each other": _nested("i itemprop=author", "<b itemprop=name>x</b>"),
    "authors": _body("<i itemprop=author class=byline rel=author>x</i>"),
    "offers inside each other": lambda size: page(
        _times("<div class=paywall>" * _DEEP + "subscribe " * 200, size), _LOCKED
    ),
    "scripts": _body("<script>x</script>"),
    "spans in one paragraph": _inside("<p>", "<span>word </span>"),
    "pictures": _body("<figure><img src=x><figcaption>x</figcaption></figure>"),
    **{
        f"inside {tag}": _inside(f"<{tag}>", "<p>x</p>")
        for tag in ("template", "plaintext", "svg", "math", "select", "noscript", "textarea", "iframe")
    },
    "a frameset": lambda size: f"<html><head><title>x</title></head><frameset>{_times('<frame src=x>', size)}",
    "meta": _head("", '<meta name="author" content="Bo">', ""),
    "meta of many names": lambda size: page(
        head="".join(f"<meta name=a{n} content=b>" for n in range(size // 26))
    ),
    # attributes
    **{
        f"a long {name}": _attribute(name, "a b-c_d ")
        for name in ("class", "itemprop", "href", "id", "style", "rel")
    },
    "an itemprop of many words": lambda size: page(f'<p itemprop="{" ".join(map(str, range(size // 7)))}">x</p>'),
    # No more: libxml2 takes the square of their number. It lets the interpreter go, so the page's deadline holds.
    "many attributes": lambda size: page(f"<p {' '.join(f'a{n}=1' for n in range(min(5_000, size // 9)))}>x</p>"),
    "the same attribute": _inside("<p ", "a=1 ", ">"),
    # claims
    **{
        f"a headline of {piece!r}": _meta("og:title", piece)
        for piece in (" - x", "|", "a", " a", "&lt;p ", _MARKS)
    },
    **{
        f"an author of {piece!r}": _meta("author", piece)
        for piece in ("a", "a@", ".com", ",", "a and ", "1:1", " (", "-")
    },
    **{f"keywords of {piece!r}": _meta("keywords", piece) for piece in ("a,", " ,")},
    **{
        f"a date of {piece!r}": _meta("article:published_time", piece)
        for piece in ("2024-05-03 ", "1", " ", "May ")
    },
    **{f"a description of {piece!r}": _meta("description", piece) for piece in ("&lt;", "&amp;amp;", "<a ", "<a")},
    "a title": lambda size: page().replace("Ferry", _times("Ferry - ", size // 2)),
    "JSON in lists": _json(lambda size: "[" * size),
    "JSON in objects": _json(lambda size: '{"a":' * (size // 6) + "1" + "}" * (size // 6)),
    "JSON of commas": _json(lambda size: "[1" + ", " * (size // 2)),
    "JSON of commas and space": _json(lambda size: "[" + ("," + " " * 3000) * (size // 3000)),
    "JSON behind comments": _json(lambda size: "/*" * (size // 2)),
    "JSON of empty lists": _json(lambda size: f"[{','.join(['[]'] * (size // 3))}]"),
    "JSON blocks": _head(
        "", '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x"}</script>', ""
    ),
    "JSON of articles": _json(
        lambda size: json.dumps([{"@type": "NewsArticle", "url": "/x", "headline": "x"}] * (size // 60))
    ),
    "authors by reference": _json(
        lambda size: json.dumps(
            [
                {"@type": "NewsArticle", "headline": "x", "author": [{"@id": "#a"}] * (size // 30)},
                {"@id": "#a", "name": ["x"] * (size // 20), **{str(n): n for n in range(size // 40)}},
            ]
        )
    ),
    "authors by name": _news(author=lambda size: [{"name": f"Bo {n}"} for n in range(size // 20)]),
    "a count of words": _news(wordCount=lambda size: "9" * size),
    "a text of JSON": _news(articleBody=lambda size: _times("word ", size)),
    **{
        f"a text of JSON of {piece!r}": _news(articleBody=lambda size, piece=piece: _times(piece, size))
        for piece in ("<", "<p ", "<a" + "1" * 3000, "<a " + " " * 3000, "&amp;", "a\n", _MARKS)
    },
    # text
    **{
        f"a text of {piece!r}": _inside("<p>", piece)
        for piece in (
            *("a-", "(", " ", ",", "a.", "a@", "&#", "&#1;", "&#x41;", "&amp;", "\n", "<!--", "<![CDATA[", "<br>"),
            *("\u00a0", _MARKS, "\ufdfa", "\u202e\u2066", "中", "\U0001f469\u200d", "\0", "cookie ", "subscribe "),
        )
    },
    "a text of double breaks": _inside("<p>", "x<br><br>"),
    "a text of JSON beside another": lambda size: page(
        "".join(f"<p>{WORDS[:80]} {n}</p>" for n in range(min(5_000, size // 200))),
        _ld({"@type": "NewsArticle", "articleBody": _times("word ", size // 2)}),
    ),
    "a last paragraph of offers": lambda size: page(f"<p>{_times('subscribe ', size)}</p>", _LOCKED),
    "paragraphs": lambda size: page(paragraphs=_times(f"<p>{WORDS}</p>", size)),
    "a comment without end": _inside("<!--", "x"),
    "a script without end": _inside("<script>", "<a"),
    "a tag without end": _inside("<div ", "a=1 "),
    "an attribute without end": _inside("<div class='", "a "),
    # walls
    **{
        f"a wall of {word!r}": _wall(word, word)
        for word in ("cookie ", "accept", "log-", "page ", "article ", "subscribe ")
    },
    "a wall of headings": lambda size: f"<title>x</title>{'<h2>' * _DEEP}{_times('y ', size)}",
    # before the page
    **{
        f"{piece!r} before the page": lambda size, piece=piece: _times(piece, size) + page()
        for piece in ("<!---->", " ", "<?x ?>", "<!doctype html>")
    },
    # bytes
    "no text at all": lambda size: random.Random(1).randbytes(size),
    "a page of noise": lambda size: b"<html>" + random.Random(2).randbytes(size),
    "a page of syntax": lambda size: b"<html>" + bytes(random.Random(3).choices(b"<>/=\"'& abp!-", k=size)),
    "UTF-16": lambda size: page(_times("<p>word</p>", size // 2)).encode("utf-16"),
    "half of UTF-16": lambda size: b"\xff\xfe" + "<html><p>".encode("utf-16-le") + b"\xd8\x00\x41" * (size // 3),
    "UTF-8 with strays": _bytes(b"", b"a\xff"),
    "UTF-8 without its ends": _bytes(b"", b"\xe4"),
    "UTF-8 with flaws": _bytes(b"\xff\xfe" * 1000, "中".encode()),
    "windows-1252": _bytes(_CP1252, b"\xe4\xf6 "),
    "windows-1252 that is another": _bytes(_CP1252, b"\xe4\xf6\xe4\xf6\xe4\xf6\xe4 "),
    "windows-1252 that is almost another": _bytes(_CP1252 + (b"\xe4" * 13 + b" a a ") * 4, b"a "),
    "no charset and scripts without end": _bytes(b"", b"<script>", b"\xff\xe4\xe5"),
    "no charset and nothing but syntax": _bytes(b"", b"<", b"\xff"),
    "escapes of ISO-2022-JP": _bytes(b"", b"\x1b$B"),
}
