"""When two texts are the same text."""

import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.ingestion import identity
from crawler.ingestion.identity import HASH_VERSION, content_hash, content_hashes
from crawler.ingestion.identity.texts import canonical_text
from crawler.ingestion.identity.texts_1 import canonical_text_1
from crawler.text import clean_markup, clean_paragraphs

TEXT = "The ferry \u201cMarigold\u201d sails at 7:15 \u2014 caf\u00e9\u2019s open. It\u2019s the first\u2026"
# All that Unicode has given a name, or a use.
CHARACTERS = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) not in {"Cn", "Co", "Cs"}]
README = Path(identity.__file__).with_name("README.md")


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(unicodedata.normalize("NFD", TEXT), id="NFD"),
        pytest.param(unicodedata.normalize("NFKC", TEXT), id="NFKC"),
        pytest.param(TEXT.replace(" ", "\u00a0"), id="no-break space"),
        pytest.param(TEXT.replace(" ", "\u202f"), id="narrow no-break space"),
        pytest.param(TEXT.replace(" ", "\u3000"), id="ideographic space"),
        pytest.param(TEXT.replace(" ", "\r\n"), id="CRLF"),
        pytest.param(TEXT.replace(" ", "\u2028"), id="line separator"),
        pytest.param(TEXT.replace("ferry", "fer\u00adry"), id="soft hyphen"),
        pytest.param(TEXT.replace("sails", "\u200bsails\u200e"), id="zero width"),
        pytest.param(TEXT.replace(" ", "\u200d \u200c"), id="joiners between words"),
        pytest.param(f"\u2067{TEXT}\u2069", id="bidirectional isolate"),
        pytest.param(f"\ufeff{TEXT}\0", id="byte order mark and NUL"),
        pytest.param(TEXT.replace("Marigold", "\ufffcMarigold"), id="pasted object"),
        pytest.param(
            TEXT.replace("\u201c", '"').replace("\u201d", '"').replace("\u2019", "'"), id="straight quotes"
        ),
        pytest.param(TEXT.replace("\u201c", "\u00ab").replace("\u201d", "\u00bb"), id="guillemets"),
        pytest.param(TEXT.replace("\u201c", "``").replace("\u201d", "''"), id="typewriter's quotes"),
        pytest.param(TEXT.replace("\u2019", "\u00b4"), id="acute accent for apostrophe"),
        pytest.param(TEXT.replace("\u2019", "\u02bc"), id="letter apostrophe"),
        pytest.param(TEXT.replace("\u2014", "-"), id="hyphen for dash"),
        pytest.param(TEXT.replace("\u2014", "--"), id="two hyphens for dash"),
        pytest.param(TEXT.replace("\u2014", "\u2e3a"), id="two-em dash"),
        pytest.param(TEXT.replace("\u2026", "..."), id="three dots for ellipsis"),
        pytest.param(TEXT.replace("first", "\ufb01rst"), id="ligature"),
        pytest.param(TEXT.replace("7:15", "\uff17\uff1a\uff11\uff15"), id="full-width digits"),
        pytest.param(TEXT.upper(), id="upper case"),
        pytest.param(f"\n\n{TEXT}   ", id="outer space"),
    ],
)
def test_spelling_of_the_bytes_makes_no_other_text(same):
    """What a reader does not see makes no other hash."""
    assert content_hash("Ferry", same) == content_hash("Ferry", TEXT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("\u845b\U000e0100\u57ce\u5e02", "\u845b\u57ce\u5e02", id="variation of an ideograph"),
        pytest.param("10\u301c20\u5186", "10\uff5e20\u5186", id="wave dash and full-width tilde"),
        pytest.param("\uff76\uff9e\uff7d", "\u30ac\u30b9", id="half-width kana"),
        pytest.param("\u300e\u6625\u300f", "\u2018\u6625\u2019", id="corner brackets"),
        pytest.param("\ud55c\u3164\uad6d", "\ud55c\uad6d", id="Hangul filler"),
        pytest.param("\u1112\u1161\u11ab\uad6d", "\ud55c\uad6d", id="Hangul letter by letter"),
        pytest.param("\u043f\u02bc\u044f\u0442\u044c", "\u043f'\u044f\u0442\u044c", id="Ukrainian apostrophe"),
        pytest.param("\u05e6\u05d4\u05f4\u05dc", '\u05e6\u05d4"\u05dc', id="Hebrew gershayim"),
        pytest.param(
            "\u05d1\u05d9\u05ea\u05be\u05e1\u05e4\u05e8", "\u05d1\u05d9\u05ea-\u05e1\u05e4\u05e8", id="maqaf"
        ),
        pytest.param("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u062e\u0648", id="Persian non-joiner"),
        pytest.param("Hawai\u02bbi", "Hawai\u2018i", id="okina"),
        pytest.param("\u1f00\u03bb\u03bb\u1fbd", "\u1f00\u03bb\u03bb\u2019", id="Greek koronis"),
        pytest.param("a\u0323\u0301", "a\u0301\u0323", id="marks in either order"),
        pytest.param("a\u034f\u0301\u0323", "\u1ea1\u0301", id="a joiner among marks"),
        pytest.param("\U0001f469\u200d\U0001f52c\ufe0f", "\U0001f469\U0001f52c", id="emoji"),
    ],
)
def test_scripts_have_spellings_of_their_own(one, other):
    """What other scripts spell in two ways is one text."""
    assert canonical_text(one) == canonical_text(other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(TEXT.replace("7:15", "7:16"), id="digit"),
        pytest.param(TEXT.replace("7:15", "\u0667:\u0661\u0665"), id="digits of another script"),
        pytest.param(TEXT.replace("open", "shut"), id="word"),
        pytest.param(TEXT.replace("caf\u00e9", "cafe"), id="accent"),
        pytest.param(TEXT.replace("sails at", "at sails"), id="order"),
        pytest.param(TEXT.replace("sails at", "sailsat"), id="space"),
        pytest.param(TEXT.replace("\u201c", "'").replace("\u201d", "'"), id="single quotes for double"),
        pytest.param(TEXT + " Again.", id="sentence"),
    ],
)
def test_a_changed_digit_or_word_makes_another_text(other):
    """What a reader does see makes another hash."""
    assert content_hash("Ferry", other) != content_hash("Ferry", TEXT)


def test_the_headline_is_part_of_the_text():
    """Another headline is another text, and words do not wander between headline and body."""
    assert content_hash("Ferry sails", "today") != content_hash("Ferry", "sails today")


def test_entities_are_resolved_before():
    """However a page spells its characters, as entities or as they are, the text is one."""
    page = "<p>Caf&eacute;&nbsp;&ldquo;Zur Br&#252;cke&#x201D; &mdash; R&amp;D &hellip;</p>"
    plain = "Caf\u00e9 \u201cZur Br\u00fccke\u201d \u2014 R&D \u2026"
    assert content_hash("", clean_markup(page) or "") == content_hash("", clean_paragraphs(plain))


# Digits that NFKC leaves, by the script they are of; and words, one by one.
_DIGITS = [
    [chr(zero + value) for value in range(10)]
    for zero in (0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xBE6, 0xE50, 0xED0, 0x1040, 0x17E0)
]
_WORDS = [
    "ferry", "caf\u00e9", "cafe", "\u0440\u0435\u043a\u0430", "\u03bd\u03b5\u03c1\u03cc", "\u05de\u05d9\u05dd",
    "\u0645\u0627\u0621", "\u0645\u0627\u0624", "\u0928\u0926\u0940", "\u0e19\u0e49\u0e33", "\u6c34", "\u6c38",
    "\u30ab", "\u30ac", "\ubb3c",
]  # fmt: skip
_INVISIBLE = ["\u200b", "\u200d", "\u00ad", "\u2066", "\ufe0f", "\U000e0101", "\u3164", "\u034f"]
_SPACES = [" ", "\n", "\r\n", "\u00a0", "\u3000", "\t ", " \u200b "]
_MARKS = ["\u0301", "\u0316", "\u0345", "\u0323", "\u05b4", "\u3099", "\u0e38", "\u0f73"]
_SPECIAL = st.sampled_from(
    [*"'\"`-\u2019\u201d\u00b4\u2033\u2034\u2014\u207b\u301c\ufe31\u0149\u1fcd\uff9e", *_INVISIBLE, *_MARKS]
)
_MIXED = st.text(
    st.one_of(_SPECIAL, st.sampled_from("ab\u00df\u0130\u01c5\u1e9e\u0390\uac00\u1100\u1161 \n"), st.characters())
)


@given(st.lists(st.sampled_from(_WORDS), min_size=1), st.data())
def test_one_changed_word_always_counts(words, data):
    """Whatever word of whatever script is changed, the text is another."""
    place = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from([word for word in _WORDS if word != words[place]]))
    changed = [*words[:place], other, *words[place + 1 :]]
    assert content_hash("", " ".join(changed)) != content_hash("", " ".join(words))


@given(st.sampled_from(_DIGITS), st.lists(st.integers(0, 9), min_size=1), st.data())
def test_one_changed_digit_always_counts(digits, number, data):
    """Whatever digit of whatever script is changed, the text is another."""
    place = data.draw(st.integers(0, len(number) - 1))
    changed = [*number[:place], (number[place] + data.draw(st.integers(1, 9))) % 10, *number[place + 1 :]]
    first, second = ("".join(digits[value] for value in values) for values in (number, changed))
    assert content_hash("", f"x {first} y") != content_hash("", f"x {second} y")


@given(st.lists(st.sampled_from(_WORDS), min_size=1), st.data())
def test_invisible_characters_and_kinds_of_space_never_count(words, data):
    """Wherever something invisible stands, and whatever space is between words, the text is the same."""
    pieces = []
    for word in words:
        place = data.draw(st.integers(0, len(word)))
        pieces.append(word[:place] + data.draw(st.sampled_from(_INVISIBLE)) + word[place:])
        pieces.append(data.draw(st.sampled_from(_SPACES)))
    assert canonical_text("".join(pieces)) == canonical_text(" ".join(words))


@given(_MIXED)
@example("\u1fcd")
@example("\u0345\u0301\u0345")
def test_canonical_text_is_stable(text):
    """The canonical form of a canonical form is itself."""
    once = canonical_text(text)
    assert canonical_text(once) == once


@given(_MIXED, st.sampled_from(["NFC", "NFD"]))
@example("\u1fcd", "NFD")
def test_canonical_equivalents_are_one_text(text, form):
    """What Unicode calls canonically equivalent is the same text."""
    assert canonical_text(unicodedata.normalize(form, text)) == canonical_text(text)


def test_every_character_is_stable():
    """No character at all leaves behind what would be folded, removed or composed the next time."""
    once = canonical_text(" ".join(f"x{character}y" for character in CHARACTERS))
    assert canonical_text(once) == once


def test_unicode_knows_no_other_quotation_marks_and_dashes():
    """What is named quotation mark, or is of the category of dashes, is folded; waves become a tilde."""
    quotes = [
        c for c in CHARACTERS if "QUOTATION MARK" in unicodedata.name(c, "") and unicodedata.category(c) != "Cf"
    ]
    assert {canonical_text(c) for c in quotes} == {"'", '"'}
    dashes = [c for c in CHARACTERS if unicodedata.category(c) == "Pd"]
    assert {canonical_text(c) for c in dashes} == {"-", "~"}


@given(_MIXED)
def test_what_was_one_text_in_version_1_is_one_text(text):
    """Version 2 tells nothing apart that version 1 did not, but accents that stand alone."""
    text = re.sub("[\u00b4\u0384\u1fbd\u1fcd-\u1fcf\u1ffd\x1c-\x1f]", "", text)
    assert canonical_text(canonical_text_1(text)) == canonical_text(text)


@given(_MIXED, _MIXED)
def test_a_text_is_known_by_the_hashes_of_all_versions(headline, body):
    """The hash of today comes first, and that of version 1 only where it differs."""
    older = hashlib.sha256(
        f"{canonical_text_1(headline)}\n{canonical_text_1(body)}".encode("utf-8", "surrogatepass")
    )
    assert content_hashes(headline, body) == list(dict.fromkeys([content_hash(headline, body), older.digest()]))


@pytest.mark.parametrize("character", ["\u0301", "\u0f73", "\u0301\u0316", "\uff9e\u0316", "\u0301\u200d\u0316"])
def test_hostile_marks_cost_no_more_than_others(character):
    """Of more than thirty marks on one letter thirty count, and version 1, which takes forever, is not asked."""
    text = "a" + character * 100_000
    assert len(canonical_text(text)) <= 61
    assert content_hashes("", text) == [content_hash("", text)]


@given(st.text(), st.text())
def test_any_text_has_a_hash(headline, body):
    """Any text at all, lone surrogates included, has a hash of 32 bytes."""
    assert len(content_hash(headline, body)) == 32


def test_the_lists_of_the_documentation_are_complete():
    """README.md names every character that is replaced, and by what."""
    lists = re.findall(r"`([^`]+)`: ((?:U\+[0-9A-F-]+\s*)+)", README.read_text(encoding="utf-8"))
    named = {}
    for replacement, code_points in lists:
        for first, last in re.findall(r"([0-9A-F]+)(?:-([0-9A-F]+))?", code_points.replace("U+", "")):
            named |= dict.fromkeys(map(chr, range(int(first, 16), int(last or first, 16) + 1)), replacement)
    assert all(canonical_text(f"x{c}y") == canonical_text(f"x{replacement}y") for c, replacement in named.items())
    signs = {"'", '"', "-", "~"}
    replaced = {c for c in CHARACTERS if c not in signs and canonical_text(c) in signs}
    assert {c for c in replaced if unicodedata.normalize("NFKC", c) not in signs} <= named.keys()


def test_the_examples_of_the_documentation_hold():
    """README.md says what another program should come to."""
    text = README.read_text(encoding="utf-8")
    assert f"version {HASH_VERSION}" in text
    rows = re.findall(r'^\| `(".*")` \| `(".*")` \| `(".*")` \| `(\w{64})` \|$', text, re.MULTILINE)
    assert len(rows) >= 5
    for cells in rows:
        headline, body, canonical = map(json.loads, cells[:3])
        assert canonical == f"{canonical_text(headline)}\n{canonical_text(body)}"
        assert hashlib.sha256(canonical.encode()).hexdigest() == content_hash(headline, body).hex() == cells[3]
