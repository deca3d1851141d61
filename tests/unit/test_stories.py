"""Shingles, sketches, likeness, and who is in which story."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.stories.likeness import NOTHING_IN_COMMON, compare
from crawler.ingestion.stories.membership import Link, Member, Role, arrange
from crawler.ingestion.stories.shingles import shingle
from crawler.ingestion.stories.sketch import SPARE_KEYS, sketch
from tests.benchmarks.stories import judge, score
from tests.support import prose
from tests.support.near_copies import ASKED, pairs
from tests.support.wire import LANGUAGES, Tongue

FERRY = prose.text(prose.ENGLISH, 10)
TEXTS = st.text(st.sampled_from("ab é1٣.«न離島のかเรือ \n"), max_size=60)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("... -- ***", 0),
        ("one", 1),
        ("one two three", 1),
        ("one two three four", 1),
        ("one two three four five", 2),
        ("किराया सर्दियों की समय सारणी", 2),
        ("運賃据置見通", 2),
        ("ありがとうござ", 2),
        ("เรือข้ามฟากร", 3),
    ],
)
def test_a_shingle_is_four_words_or_some_characters(text, count):
    """Words count where spaces part them; else five Han, six kana, ten Thai characters make a shingle."""
    assert len(shingle(text).in_order) == count


def test_shingles_are_the_same_for_ever():
    """The numbers are in databases: they must not change from process to process, or version to version."""
    assert list(shingle("The evening ferry is running again.").in_order) == [95986933, 2610357930, 3700433420]


def test_shingles_do_not_depend_on_the_process():
    """A process with another seed of Python's own hash makes the same sketch."""
    code = (
        "import sys; from crawler.ingestion.stories.shingles import shingle;"
        "from crawler.ingestion.stories.sketch import sketch; print(sketch(shingle(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, FERRY]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout.strip() == str(sketch(shingle(FERRY)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“It’s late,” he said – again.", "'IT'S LATE', HE SAID - AGAIN!"),
        ("Die Straße  ist\r\nfrei", "die strasse ist frei."),
        ("caf\u00e9 au lait deux", "cafe\u0301 au\u00a0lait deux"),
        ("離島へ向かう 夕方の\nフェリーが", "離島へ向かう夕方のﾌｪﾘｰが。"),
        ("เรือข้ามฟาก รอบเย็น", "เรือข้ามฟากรอบเย็น"),
    ],
)
def test_how_it_is_set_does_not_count(one, other):
    """Quotes, dashes, case, white space and punctuation of any kind make no other shingles."""
    assert shingle(one) == shingle(other)


def test_a_text_without_end_is_cut_in_time():
    """A megabyte without a space, or of one character, is cut like any other."""
    assert len(shingle("離" * 1_000_000).in_order) == 200_000 - 4
    assert len(shingle("x" * 1_000_000).in_order) == 1


@given(TEXTS)
def test_identical_texts_are_alike(text):
    """A text has all in common with itself, if it has words at all."""
    shingles = shingle(text)
    likeness = compare(shingles, shingles)
    if shingles.in_order:
        assert (likeness.jaccard, likeness.contained, likeness.coverage) == (1, 1, 1)
        assert likeness.are_alike
        assert likeness.are_copies
    else:
        assert likeness == NOTHING_IN_COMMON


@given(TEXTS, TEXTS)
def test_likeness_is_mutual(one, other):
    """Which text is named first does not matter, and no share is beyond 0 and 1."""
    likeness = compare(shingle(one), shingle(other))
    assert likeness == compare(shingle(other), shingle(one))
    shares = (likeness.jaccard, likeness.contained, likeness.coverage, likeness.opening)
    assert all(0 <= share <= 1 for share in shares)
    assert likeness.jaccard <= likeness.contained


@given(TEXTS)
def test_a_sketch_is_the_smallest_of_a_text(text):
    """Keys fit the database's integer, the smallest first, and say nothing of order or repetition."""
    keys = sketch(shingle(text))
    assert keys == sorted(set(keys))[:SPARE_KEYS]
    assert all(-(2**31) <= key < 2**31 for key in keys)
    assert len(keys) == min(SPARE_KEYS, len(shingle(text).distinct))


def test_the_order_of_words_matters():
    """The same words in another order are another text; paragraphs in another order are nearly the same."""
    words = FERRY.split()
    assert compare(shingle(FERRY), shingle(" ".join(sorted(words)))).jaccard == 0
    moved = f"{prose.text(prose.ENGLISH, 5, start=5)} {prose.text(prose.ENGLISH, 5)}"
    assert compare(shingle(FERRY), shingle(moved)).are_copies


def test_a_text_cut_short_is_alike_and_no_copy():
    """The first half of a report is a shorter version of it; a passage from its middle is a quotation."""
    whole, half = shingle(FERRY), shingle(prose.text(prose.ENGLISH, 5))
    likeness = compare(whole, half)
    assert likeness.are_alike
    assert not likeness.are_copies
    assert not compare(whole, shingle(prose.text(prose.ENGLISH, 4, start=3))).are_alike


def test_a_text_that_has_grown_is_a_revision():
    """What a live blog has put on top makes it the next text of its URL, and no copy of what stands elsewhere."""
    grown = shingle(f"{Tongue('en').text(['fresh', 'news', *'abcdefgh'] * 40)} {FERRY}")
    likeness = compare(shingle(FERRY), grown)
    assert likeness.are_revisions
    assert not likeness.are_alike


def test_two_languages_are_two_texts():
    """What was translated has nothing in common with the original."""
    texts = (prose.ENGLISH, prose.GERMAN, prose.FRENCH, prose.SPANISH, prose.RUSSIAN, prose.JAPANESE, prose.THAI)
    shingles = [shingle(prose.text(sentences, 4)) for sentences in texts]
    assert all(compare(shingles[0], other) == NOTHING_IN_COMMON for other in shingles[1:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_near_copies_are_told_from_others(language):
    """A floor: .98 of the near-copies that are asked for are found, and .98 of what is found is right."""
    verdicts = [
        judge(pair) for pair in pairs(4, 20, tongue=Tongue(language), words=(60, 500)) if pair.kind in ASKED
    ]
    assert min(score(verdicts)) >= 0.98


MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def member(article_id, minutes, story_id=None, role=None):
    return Member(article_id, MORNING + timedelta(minutes=minutes), story_id, role)


def placed(members, *links):
    """The story and role of every member afterwards."""
    after = {one.article_id: one for one in members} | {one.article_id: one for one in arrange(members, links)}
    return {one.article_id: (one.story_id, one.role) for one in after.values()}


def test_who_is_alone_is_the_first_of_its_own_story():
    """An article that is like no other has a story of its own."""
    assert placed([member(1, 0), member(2, 0)]) == {1: (1, Role.FIRST), 2: (2, Role.FIRST)}


def test_roles():
    """The first seen is the first; nearly the same is a copy, whatever it is nearly the same as."""
    members = [member(1, 5), member(2, 0), member(3, 9)]
    links = Link(1, 2, are_copies=False), Link(1, 3, are_copies=True)
    assert placed(members, *links) == {1: (1, Role.COPY), 2: (1, Role.FIRST), 3: (1, Role.COPY)}


def test_stories_are_joined_under_the_smallest_id():
    """Three stories become one; those who are no longer first get another role, the others keep theirs."""
    members = [
        member(2, 0, 2, Role.FIRST), member(3, 1, 2, Role.COPY), member(4, 2, 4, Role.FIRST),
        member(5, 3, 5, Role.FIRST), member(6, 4, 5, Role.REWRITE), member(9, 5),
    ]  # fmt: skip
    links = Link(4, 9, are_copies=True), Link(3, 9, are_copies=False), Link(6, 9, are_copies=False)
    assert placed(members, *links) == {
        2: (2, Role.FIRST), 3: (2, Role.COPY), 4: (2, Role.COPY),
        5: (2, Role.REWRITE), 6: (2, Role.REWRITE), 9: (2, Role.COPY),
    }  # fmt: skip


def test_nothing_changes_without_cause():
    """Links that are known already change no one's place, nor does a link to an article that is gone."""
    members = [member(1, 0, 1, Role.FIRST), member(2, 1, 1, Role.REWRITE)]
    assert arrange(members, [Link(1, 2, are_copies=True), Link(2, 7, are_copies=True)]) == []


MEMBERS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=12)


@given(MEMBERS, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12))
def test_every_story_has_one_first_and_the_smallest_id(minutes, ends):
    """However articles come to be linked: one story for all that are connected, with one first, and stable."""
    members = [member(number, minute) for number, (minute, _) in enumerate(minutes)]
    links = [Link(one, other, are_copies=bool(one % 2)) for one, other in ends]
    after = {one.article_id: one for one in arrange(members, links)}
    assert len(after) == len(members)
    for link in links:
        if link.one in after and link.other in after:
            assert after[link.one].story_id == after[link.other].story_id
    for story_id in {one.story_id for one in after.values()}:
        of_story = [one for one in after.values() if one.story_id == story_id]
        (first,) = [one for one in of_story if one.role is Role.FIRST]
        assert first.first_seen_at == min(one.first_seen_at for one in of_story)
        assert story_id == min(one.article_id for one in of_story)
    assert arrange(after.values(), links) == []
    assert [replace(one) for one in after.values()] == list(after.values())
