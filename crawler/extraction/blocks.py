"""The page as a reader sees it: one block of text after the other, each with the place in which it stands."""

from dataclasses import dataclass, field
from typing import Any

from crawler.extraction.block_words import EMBEDS, kinds_of

# What is not read on a page, or is not its text.
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "canvas", "object", "embed", "iframe", "button",
     "select", "option", "textarea", "input", "audio", "video", "map", "head", "link", "meta", "title", "dialog",
     "datalist", "progress", "meter", "nav"}
)  # fmt: skip
# https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3: what begins a line of its own.
_BLOCK_LEVEL = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hgroup", "hr", "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody",
     "td", "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
_TELLING = _BLOCK_LEVEL - {"div", "tbody", "tr", "hr", "body"}  # these hold anything
# What holds one run of text, and what may stand between such and the container of the whole text.
_TEXT_LEVEL = frozenset({"blockquote", "dd", "dt", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "span"})
_BETWEEN = frozenset({"blockquote", "dl", "li", "ol", "span", "ul"})
_NAMING = ("class", "id", "itemprop", "role", "data-testid", "data-component")
_BOLD = frozenset({"b", "strong"})
_ITALIC = frozenset({"em", "i"})
_MOST_BLOCKS = 5_000  # of a page; what comes after them is not read
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Place:
    """An element in which text stands: a block-level one, or an inline one with a class.

    ``within`` is what it and all around it are: ``in:`` and the tag, ``about:`` and the kinds that class names
    speak of. ``kinds`` are its own.
    """

    tag: str
    around: "Place | None" = None
    names: str = ""
    kinds: frozenset[str] = _NOTHING
    within: frozenset[str] = _NOTHING
    is_hidden: bool = False
    article: "Place | None" = None
    container: "Place" = field(init=False)
    """The nearest place that may hold several paragraphs."""

    def __post_init__(self) -> None:
        self.container = self if self.around is None or self.tag not in _TEXT_LEVEL else _container(self.around)

    @property
    def signature(self) -> tuple[str, str, str, str]:
        """What the paragraphs of one text have in common: how they and what holds them are marked."""
        return self.tag, self.names, self.container.tag, self.container.names


def _container(place: Place) -> Place:
    while place.tag in _BETWEEN and place.around:
        place = place.around
    return place


@dataclass(slots=True, eq=False)
class Block:
    """A run of text between two breaks. Lengths are in characters; ``text`` has its white space collapsed."""

    text: str
    place: Place
    link_chars: int
    bold_chars: int
    italic_chars: int
    opens_with_link: bool


def read_blocks(tree: Any) -> list[Block]:
    """Read the text of a page, block by block in page order. Menus, scripts, forms' fields are left out."""
    body = tree.find("body")
    return _Reader().read(tree if body is None else body)


class _Reader:
    """One walk over the tree, as deep as the parser lets a page nest (256 levels)."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._texts: list[str] = []
        self._styles: list[tuple[bool, bool, bool]] = []  # of each text: linked, bold, italic

    def read(self, body: Any) -> list[Block]:
        place = Place("body")
        self._walk(body, place, (False, False, False))
        self._end_block(place)
        return self._blocks

    def _walk(self, element: Any, place: Place, style: tuple[bool, bool, bool]) -> None:
        if text := element.text:
            self._add(text, style)
        for child in element:
            tag = child.tag
            if tag in _SILENT:
                pass
            elif tag == "br":
                self._break(place)
            elif tag in _BLOCK_LEVEL or "-" in tag:
                self._end_block(place)
                if (inner := self._enter(child, tag, place)) and len(self._blocks) < _MOST_BLOCKS:
                    self._walk(child, inner, style)
                    self._end_block(inner)
            elif tag == "a":
                self._walk(child, place, (True, style[1], style[2]))
            elif tag in _BOLD:
                self._walk(child, place, (style[0], True, style[2]))
            elif tag in _ITALIC:
                self._walk(child, place, (style[0], style[1], True))
            else:
                names = child.get("class")
                inner = place if names is None else _place(place, "span", names, is_hidden=place.is_hidden)
                self._walk(child, inner, style)
            if tail := child.tail:
                self._add(tail, style)

    def _add(self, text: str, style: tuple[bool, bool, bool]) -> None:
        self._texts.append(text)
        self._styles.append(style)

    def _enter(self, element: Any, tag: str, around: Place) -> Place | None:
        attributes = element.attrib
        if not attributes:
            return _place(around, tag, "", is_hidden=around.is_hidden)
        names = " ".join(value for name in _NAMING if (value := attributes.get(name)))
        if tag == "blockquote" and not EMBEDS.isdisjoint(names.split()):
            return None
        style = attributes.get("style")
        is_hidden = (
            around.is_hidden or "hidden" in attributes or bool(style and "display:none" in style.replace(" ", ""))
        )
        return _place(around, tag, names, is_hidden=is_hidden)

    def _break(self, place: Place) -> None:
        """Note a line break; a second one in a row ends the block, as authors who know no paragraphs mean it."""
        while self._texts and self._texts[-1].isspace() and self._texts[-1] != "\n":
            self._texts.pop()
            self._styles.pop()
        if self._texts and self._texts[-1] == "\n":
            self._end_block(place)
        elif self._texts:
            self._add("\n", (False, False, False))

    def _end_block(self, place: Place) -> None:
        if not self._texts:
            return
        if text := " ".join("".join(self._texts).split()):
            linked = bold = italic = 0
            opens_with_link = None
            for part, style in zip(self._texts, self._styles, strict=True):
                if length := len(part.strip()):
                    opens_with_link = style[0] if opens_with_link is None else opens_with_link
                    linked += length * style[0]
                    bold += length * style[1]
                    italic += length * style[2]
            self._blocks.append(Block(text, place, linked, bold, italic, bool(opens_with_link)))
        self._texts.clear()
        self._styles.clear()


def _place(around: Place, tag: str, names: str, *, is_hidden: bool) -> Place:
    kinds = kinds_of(names) if names else _NOTHING
    within = around.within
    if tag in _TELLING and (inside := "in:" + tag) not in within:
        within |= {inside}
    if kinds:
        about = {"about:" + kind for kind in kinds}
        within = within if about <= within else within | about
    place = Place(tag, around, names, kinds, within, is_hidden, around.article)
    if tag == "article":
        place.article = place
    return place
