"""Reports that are filled into a form day by day: football, weather, stock market."""

import random
import re
import tomllib
from pathlib import Path

PEOPLE = (
    "Averidge", "Marchbanks", "Tamsett", "Pelling", "Corvander", "Varga", "Okafor", "Lindqvist", "Moreau",
    "Tanaka", "Brandl", "Ruiz", "Novak", "Haugen", "Petrov", "Silva", "Kaya", "Bauer", "Fischer", "Rossi",
    "Adeyemi", "Costa",
)  # fmt: skip
PLACES = (
    "Lendmouth", "Palmshore", "Birkental", "Harrowgate", "Oldferry", "Saltmarsh", "Quarryhill", "Westpier",
    "Saltmere", "Gannet Bay", "Oberbirken", "Kehlberg", "Talheim", "Fennmoor", "Northcliff", "Eastwick",
)  # fmt: skip
FIRMS = (
    "Harbour Steel", "Lend Shipping", "Birken Chemie", "Palmshore Power", "Westpier Bank", "Kehl Motoren",
    "Saltmere Salt", "Gannet Air", "Quarry Stone", "Fenn Software", "Orchard Foods", "Tal Pharma",
)  # fmt: skip
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
WORDS = {
    "en": (
        "corner",
        "free kick",
        "penalty",
        "long ball",
        "header",
        "counter-attack",
        "solo run",
        "deflected shot",
    ),
    "de": ("Ecke", "Freistoß", "Elfmeter", "Steilpass", "Kopfball", "Konter", "Alleingang", "Abpraller"),
}
SKIES = {
    "en": ("sunny", "cloudy", "foggy", "showery", "stormy", "clear", "changeable", "overcast"),
    "de": ("sonnig", "bewölkt", "neblig", "regnerisch", "stürmisch", "klar", "wechselhaft", "trüb"),
}


def forms(language: str) -> list[str]:
    """The forms of this language; none of most."""
    text = Path(__file__).with_name("forms.toml").read_text(encoding="utf-8")
    return [form["text"] for form in tomllib.loads(text)["form"] if form["language"] == language]


def fill(form: str, language: str, rng: random.Random) -> str:
    """A report of this form."""
    values = {
        "person": lambda: rng.choice(PEOPLE),
        "place": lambda: rng.choice(PLACES),
        "firm": lambda: rng.choice(FIRMS),
        "day": lambda: rng.choice(DAYS[language]),
        "word": lambda: rng.choice(WORDS[language]),
        "sky": lambda: rng.choice(SKIES[language]),
        "wind": lambda: rng.choice(
            ("west", "east", "north", "south") if language == "en" else ("West", "Ost", "Nord")
        ),
        "move": lambda: rng.choice(("higher", "lower") if language == "en" else ("fester", "leichter")),
        "nth": lambda: rng.choice(("first", "third") if language == "en" else ("ersten", "dritten")),
        "n": lambda: str(rng.randint(1, 40)),
        "m": lambda: str(rng.randint(10, 59)),
        "year": lambda: str(rng.randint(1931, 2025)),
        "big": lambda: f"{rng.randint(9, 22)},{rng.randint(100, 999)}",
        "pc": lambda: f"{rng.randint(0, 99)}.{rng.randint(1, 99)}",
    }
    return re.sub(r"\{(\w+)\}", lambda slot: values[slot[1]](), form)
