"""Which kind of edit makes one text of another, at one URL."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.ingestion.edits import edit_words as words
from crawler.ingestion.edits.aligning import changes
from crawler.ingestion.edits.noise import headline_without_noise, without_noise
from crawler.ingestion.edits.spelling import is_spelling
from crawler.ingestion.edits.tokens import paragraphs_of
from crawler.ingestion.identity.texts import canonical_text

_MOST_LINES_OF_NOISE = 60  # that one edit may change: more are no boilerplate
_MOST_NOTED = 2_000  # characters of a line in which the statement of a correction is looked for


class EditKind(StrEnum):
    """What became of a text (enum type ``tidings.edit_kind``)."""

    TYPO = "typo"
    HEADLINE = "headline"
    CORRECTION = "correction"
    UPDATE = "update"
    STEALTH = "stealth"


@dataclass(frozen=True, slots=True)
class Seen:
    """A text as it was seen at a URL, with what the page said of its last change."""

    headline: str
    article_body: str
    date_modified: datetime | None = None
    in_language: str | None = None


def kind_of_edit(before: Seen, after: Seen) -> EditKind | None:
    """What one visit after another found; None if a reader would say that nothing was edited.

    A correction that is stated is that whatever else changed; a typo is one whatever the dates say; then a
    headline that changed alone; then a text that changed behind a date that did not.
    """
    language = after.in_language or before.in_language
    body = _Edit(paragraphs_of(before.article_body), paragraphs_of(after.article_body), language)
    headlines = [headline_without_noise(seen.headline, language) for seen in (before, after)]
    is_new_headline = headlines[0] != headlines[1]
    if not is_new_headline and not body.is_edited:
        return None
    if body.states_correction() or _is_marked(before.headline, after.headline):
        return EditKind.CORRECTION
    if body.is_spelling() and (not is_new_headline or is_spelling(before.headline, after.headline, language)):
        return EditKind.TYPO
    if not body.is_edited:
        return EditKind.HEADLINE
    if before.date_modified is not None and before.date_modified == after.date_modified:
        return EditKind.STEALTH
    return EditKind.UPDATE


def _is_marked(before: str, after: str) -> bool:
    """Tell whether a headline says now that it, or its article, was corrected."""
    matched = words.CORRECTED_HEADLINE.match
    return bool(matched(canonical_text(after))) and not matched(canonical_text(before))


class _Edit:
    """The paragraphs of two bodies, and which of them changed."""

    def __init__(self, before: list[str], after: list[str], language: str | None) -> None:
        found = changes(before, after)
        self._removed = ["\n".join(before[c.start : c.end]) for c in found]
        self._added = ["\n".join(after[c.other_start : c.other_end]) for c in found]
        self._language = language
        num_changed = sum(max(c.end - c.start, c.other_end - c.other_start) for c in found)
        self._is_large = num_changed > _MOST_LINES_OF_NOISE
        self.is_edited = self._is_large
        """Whether more changed than what no reader calls the text."""
        if not self._is_large:
            self._left = without_noise(before, [(c.start, c.end) for c in found], language)
            self._other_left = without_noise(after, [(c.other_start, c.other_end) for c in found], language)
            if num_changed >= max(len(before), len(after)) and not any(self._left):
                self._left, self._other_left = self._removed, self._added  # there is no other text
            self.is_edited = self._left != self._other_left

    def is_spelling(self) -> bool:
        """Tell whether every paragraph that changed was only put right, noise apart."""
        return not self._is_large and all(
            left == other_left or is_spelling(removed, added, self._language)
            for removed, added, left, other_left in zip(
                self._removed, self._added, self._left, self._other_left, strict=True
            )
        )

    def states_correction(self) -> bool:
        """Tell whether a note that corrects was added, or changed."""
        return bool(_notes(self._added) - _notes(self._removed))


def _notes(texts: list[str]) -> set[str]:
    lines = {line for text in texts for line in text.split("\n")}
    return {note for line in lines if (note := _note(line))}


def _note(line: str) -> str | None:
    """The correction that a line states, in canonical form, from its beginning on."""
    if len(line) > 2 * _MOST_NOTED:  # a body of one paragraph: a note opens or closes it
        line = f"{line[:_MOST_NOTED]} {line[-_MOST_NOTED:]}"
    line = canonical_text(line)
    if words.CORRECTION_LABEL.match(line):
        return line
    stated = words.CORRECTION_STATED.search(line)
    return line[stated.start() :] if stated else None
