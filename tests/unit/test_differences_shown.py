"""How a difference looks on a terminal."""

import pytest

from crawler.ingestion.edits import compare
from scheduler.cli.differences_shown import difference_lines, printable

LONG = "The evening ferry to the outer islands is running again after eleven weeks in dry dock at Lendmouth"


def shown(before, after):
    return list(difference_lines(compare(before, after), colour=False))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("One.\nTwo.", "One.\nTwo.", ["(2 paragraphs unchanged)"]),
        ("One.", "One.\nTwo.", ["(1 paragraph unchanged)", "{+Two.+}"]),
        ("One.\nTwo.\nThree.", "One.\nThree.", ["(1 paragraph unchanged)", "[-Two.-]", "(1 paragraph unchanged)"]),
        ("Old words here.", "New words here.", ["[-Old-]{+New+} words here."]),
        ("First part. Second.", "First part.\nSecond.", ["First part.[- -]{+\u00b6+}", "(1 paragraph unchanged)"]),
        (
            f"{LONG} {LONG}: five pounds, {LONG}. {LONG}.",
            f"{LONG} {LONG}: four pounds, {LONG}. {LONG}.",
            ["... running again after eleven weeks in dry dock at Lendmouth: [-five-]{+four+} pounds, The"],
        ),
        ("渡轮重开。", "渡轮再开。", ["渡轮[-重-]{+再+}开。"]),
    ],
)
def test_only_what_changed_is_shown_with_what_stands_beside_it(before, after, expected):
    """Paragraphs that did not change are counted, and long pieces that did not are cut short."""
    lines = shown(before, after)
    assert [line[: len(start)] for line, start in zip(lines, expected, strict=True)] == expected
    assert all(len(line) < 220 for line in lines)


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x7f", "\x9b", "\u202e", "\u2066", "\n"])
def test_no_character_commands_the_terminal(character):
    """Escape, bell, C1 and the controls of direction are written as escapes."""
    assert character not in printable(f"a{character}b")
    assert character not in "".join(shown("one", f"one {character}"))
