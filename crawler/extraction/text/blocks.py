"""The page as a reader sees it: one block of text after the other, each with the place in which it stands."""

from dataclasses import dataclass
from typing import Any

from crawler.extraction.text.block_words import EMBEDS, kinds_of

# What is not read on a page, or is not its text.
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "canvas", "object", "embed", "iframe", "button",
     "select", "option", "textarea", "input", "audio", "video", "map", "head", "link", "meta", "title", "dialog",
     "datalist", "progress", "meter", "nav", "figcaption"}
)  # fmt: skip
# https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3: what begins a line of its own.
_BLOCK_LEVEL = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir", "div", "dl",
     "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hgroup", "hr", "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody",
     "td", "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
# What holds one run of text, and what may stand between such and the container of the whole text.
_TEXT_LEVEL = frozenset({"blockquote", "dd", "dt", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "span"})
_BETWEEN = frozenset({"blockquote", "dl", "li", "ol", "span", "ul"})
_NAMING = frozenset({"class", "id", "itemprop", "role", "data-testid", "data-component"})
_LINK, _BOLD, _ITALIC = 1, 2, 4
_STYLES = {"a": _LINK, "b": _BOLD, "strong": _BOLD, "em": _ITALIC, "i": _ITALIC}
_WITH = [[style for style in range(8) if style & which] for which in (_LINK, _BOLD, _ITALIC)]
_ONLY_LINKED = 0.95  # share of linked characters from which a block is a link, and no text
_LONGEST_NAMES = 300  # characters of one element's classes and ids that are read
_HEADLINE = 15  # characters, from which a link may be the headline of another article
_MOST_BLOCKS = 5_000  # of a page; what comes after them is not read
_NOTHING: frozenset[str] = frozenset()


class Place:
    """An element in which text stands: a block-level one, or an inline one whose class says something.

    ``names`` are its classes, ids and the like as written, ``article`` is the nearest ``<article>``;
    ``is_heading`` says that it is an ``<h1>`` or in one.
    """

    __slots__ = ("_within", "around", "article", "is_heading", "is_hidden", "names", "tag")

    def __init__(
        self, tag: str, around: "Place | None" = None, names: str = "", *, is_hidden: bool = False
    ) -> None:
        self.tag = tag
        self.around = around
        self.names = names
        self.is_hidden: bool = is_hidden or (around is not None and around.is_hidden)
        self.is_heading: bool = tag == "h1" or (around is not None and around.is_heading)
        self.article: Place | None = self if tag == "article" else around.article if around else None
        self._within: frozenset[str] | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """What its names speak of."""
        return kinds_of(self.names)

    @property
    def within(self) -> frozenset[str]:
        """What its names and those of all around it speak of, as evidence: ``about:`` and the kind."""
        if self._within is None:
            own = {"about:" + kind for kind in self.kinds}
            outer = self.around.within if self.around else _NOTHING
            self._within = outer if own <= outer else outer | own
        return self._within

    @property
    def container(self) -> "Place":
        """The nearest place that may hold several paragraphs."""
        place = self
        if place.tag in _TEXT_LEVEL and place.around:
            place = place.around
            while place.tag in _BETWEEN and place.around:
                place = place.around
        return place

    def is_within(self, outer: "Place | None") -> bool:
        """Tell whether this place is ``outer``, or inside it."""
        place: Place | None = self
        while place is not None and place is not outer:
            place = place.around
        return place is outer


@dataclass(slots=True, eq=False)
class Block:
    """A run of text between two breaks that is more than a link and figures.

    ``text`` has its white space collapsed. Lengths are in characters, without white space.
    """

    text: str
    place: Place
    link_chars: int
    bold_chars: int
    italic_chars: int
    opens_with_link: bool
    links_before: int
    """How many links as long as a headline stood alone between the block before and this one."""


def read_blocks(tree: Any) -> list[Block]:
    """Read the text of a page, block by block in page order. Links alone, scripts, forms' fields are left out."""
    body = tree.find("body")
    return _Reader().read(tree if body is None else body)


class _Reader:
    """One walk over the tree, as deep as the parser lets a page nest (256 levels)."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._places: dict[Any, Place] = {}
        self._texts: list[str] = []
        self._styles: list[int] = []  # of each text
        self._links = 0  # since the last block

    def read(self, body: Any) -> list[Block]:
        self._places[body] = Place("body")
        self._walk(body, 0)
        self._end_block(body)
        return self._blocks

    def _walk(self, element: Any, style: int) -> None:
        if text := element.text:
            self._add(text, style)
        for child in element:
            tag = child.tag
            if tag in _BLOCK_LEVEL or "-" in tag:
                if self._texts:
                    self._end_block(element)
                if len(self._blocks) < _MOST_BLOCKS and not (tag == "blockquote" and _is_embed(child)):
                    self._walk(child, style)
                    if self._texts:
                        self._end_block(child)
            elif tag == "br":
                self._break(element)
            elif tag not in _SILENT:
                self._walk(child, style | _STYLES.get(tag, 0))
            if tail := child.tail:
                self._add(tail, style)

    def _add(self, text: str, style: int) -> None:
        if self._texts or not text.isspace():
            self._texts.append(text)
            self._styles.append(style)

    def _break(self, element: Any) -> None:
        """Note a line break; a second one in a row ends the block, as authors who know no paragraphs mean it."""
        texts = self._texts
        while texts and texts[-1] != "\n" and texts[-1].isspace():
            texts.pop()
            self._styles.pop()
        if texts and texts[-1] == "\n":
            self._end_block(element)
        elif texts:
            self._add("\n", 0)

    def _end_block(self, element: Any) -> None:
        text = " ".join("".join(self._texts).split())
        if text and not all(style & _LINK for style in self._styles):
            chars = [0] * 8  # by style
            opening = None
            for part, style in zip(self._texts, self._styles, strict=True):
                if length := len(part.strip()):
                    chars[style] += length
                    opening = style if opening is None else opening
            linked, bold, italic = (sum(chars[style] for style in styles) for styles in _WITH)
            if linked < _ONLY_LINKED * sum(chars) and any(map(str.isalpha, text)):
                self._blocks.append(
                    Block(
                        text,
                        self._place(element),
                        link_chars=linked,
                        bold_chars=bold,
                        italic_chars=italic,
                        opens_with_link=bool((opening or 0) & _LINK),
                        links_before=self._links,
                    )
                )
                self._links = 0
        elif len(text) >= _HEADLINE:
            self._links += 1
        self._texts.clear()
        self._styles.clear()

    def _place(self, element: Any) -> Place:
        """The place of an element; an inline one whose class says nothing has that of the element around it."""
        place = self._places.get(element)
        if place is None:
            place = self._places[element] = _enter(element, self._place(element.getparent()))
        return place


def _enter(element: Any, around: Place) -> Place:
    tag = element.tag
    if tag not in _BLOCK_LEVEL and "-" not in tag:
        names = (element.get("class") or "")[:_LONGEST_NAMES]
        return Place("span", around, names) if kinds_of(names) else around
    names = ""
    is_hidden = False
    for name, value in element.items():
        if name in _NAMING:
            names = f"{names} {value}" if names else value
        elif name == "hidden" or (name == "style" and "display:none" in value.replace(" ", "")):
            is_hidden = True
    return Place(tag, around, names[:_LONGEST_NAMES], is_hidden=is_hidden)


def _is_embed(quote: Any) -> bool:
    """Tell what a social network's script will fill."""
    return not EMBEDS.isdisjoint((quote.get("class") or "").split())
