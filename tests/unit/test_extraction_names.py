import pytest

from crawler.extraction.fields.names import read_names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ines Varga", ["Ines Varga"]),
        ("BY: Ines Varga and Bo Lind", ["Ines Varga", "Bo Lind"]),
        ("Ines Varga, Bo Lind & Ada Moss", ["Ines Varga", "Bo Lind", "Ada Moss"]),
        ("Von Ines Varga und Bo Lind", ["Ines Varga", "Bo Lind"]),
        ("Por Ines Varga y Bo Lind", ["Ines Varga", "Bo Lind"]),
        ("Harbour Wire/dpa", ["Harbour Wire", "dpa"]),
        ("dpa und AFP", ["dpa", "AFP"]),
        ("Ines Varga, Political Editor", ["Ines Varga"]),
        ("Ines Varga Jr., Bo Lind, PhD", ["Ines Varga Jr.", "Bo Lind"]),
        ("Ines Varga (ines@harbour.example)", ["Ines Varga"]),
        ("Ines Varga | 3 May 2024, 10:15", ["Ines Varga"]),
        ("岬 花子、海野 太郎", ["岬 花子", "海野 太郎"]),
    ],
)
def test_bylines(byline, names):
    """A byline is split into people and agencies, without what else it says."""
    assert read_names([byline]) == tuple(names)


@pytest.mark.parametrize(
    "name", ["Ursula von der Lippe", "Von Trapp", "Bobby Bymann", "José Ortega y Gasset", "Sand"]
)
def test_names_that_look_like_bylines(name):
    """Names that hold a preposition or a conjunction stay whole."""
    assert read_names([name]) == (name,)


@pytest.mark.parametrize(
    "value", ["https://facebook.com/harbour", "www.harbour.example", "@harbour", "null", "--", "42"]
)
def test_no_names(value):
    """URLs, handles, placeholders and numbers are no authors."""
    assert read_names([value, None, ""]) == ()


def test_no_duplicates():
    """A name given twice is kept once, as first written and in order."""
    assert read_names(["Ines Varga", "INES VARGA and Bo Lind", "bo lind"]) == ("Ines Varga", "Bo Lind")
