"""Appeals for money that look like the end of the text: told by what they say, and by standing last."""

from collections.abc import Sequence

from crawler.extraction.text.appeal_words import APPEAL
from crawler.extraction.text.blocks import Block

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_LONGEST = 400  # characters of an appeal's paragraph
_MOST_UNDER_HEADING = 6  # blocks
_LAST = 3  # blocks of a page's text among which an appeal without a heading stands


def find_appeals(blocks: Sequence[Block], taken: Sequence[int]) -> set[int]:
    """Find appeals among the blocks, of which ``taken`` (in page order) pass for the article's.

    A heading that makes an appeal takes with it what stands under it in the same element, if that is short and
    the last there: where the text goes on, nothing is known. Without a heading only the text's end is looked at.
    """
    found: set[int] = set()
    last = taken[-_LAST:]
    for i in range(taken[0] if taken else 0, len(blocks)):
        block = blocks[i]
        is_heading = block.place.tag in _HEADINGS
        if (is_heading or i in last) and len(block.text) <= _LONGEST and APPEAL.search(block.text):
            found |= {i, *(_under(blocks, i) if is_heading else ())}
    return found


def _under(blocks: Sequence[Block], heading: int) -> list[int]:
    """The blocks from a heading to the end of the element that holds it; none if they are too many or too long."""
    holder = blocks[heading].place.around
    under: list[int] = []
    for i in range(heading + 1, len(blocks)):
        if not blocks[i].place.is_within(holder):
            break
        under.append(i)
        if len(under) > _MOST_UNDER_HEADING or len(blocks[i].text) > _LONGEST:
            return []
    return under
