"""The documents: whatever they link to is there, and the first one is short."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

import crawler

ROOT = Path(crawler.__file__).parent.parent
_SKIPPED = {".venv", ".git", "node_modules"}
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?:(?!\1).)+\1")
_LINK = re.compile(r"\]\(<?([^()\s>]+(?:\([^()\s]*\))?)>?\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)


def documents():
    """The Markdown files of the project."""
    return sorted(path for path in ROOT.rglob("*.md") if not _SKIPPED & set(path.relative_to(ROOT).parts))


def links_of(path):
    """What it links to within the project, wherever that stands outside of code."""
    text = _CODE.sub("", _FENCE.sub("", path.read_text(encoding="utf-8")))
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]


@cache
def anchors_of(path):
    """The anchors that GitHub gives the headings of a document."""
    found = []
    for heading in _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(f"{anchor}-{number}" if (number := found.count(anchor)) else anchor)
    return set(found)


def is_broken(path, link):
    """Whether a link of this document leads to no file of the project, or to no heading of it."""
    place, _, anchor = unquote(link).partition("#")
    target = (path.parent / place).resolve() if place else path
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in anchors_of(target))


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """Every file that a document links to is in the project, and every anchor is that of a heading."""
    assert [link for link in links_of(path) if is_broken(path, link)] == []


def test_links_are_seen():
    """The test above looks at links of all forms: at least the first document has some of each."""
    links = links_of(ROOT / "README.md")
    assert any("#" in link for link in links)
    assert any(link.endswith(("/", ".md")) for link in links)
    assert is_broken(ROOT / "README.md", "sql/README.md#no-such-heading")
    assert is_broken(ROOT / "README.md", "no/such/file.md")


def test_the_first_document_stays_short():
    """README.md is read in one go: 150 lines at most."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
