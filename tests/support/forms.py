"""Reports that are filled into a form day by day: football, weather, stock market."""

import random
import re

PEOPLE = (
    "Averidge", "Marchbanks", "Tamsett", "Pelling", "Corvander", "Varga", "Okafor", "Lindqvist", "Moreau", "Tanaka",
    "Brandl", "Ruiz", "Novak", "Haugen", "Petrov", "Silva", "Kaya", "Bauer", "Fischer", "Rossi", "Adeyemi", "Costa",
)  # fmt: skip
PLACES = (
    "Lendmouth", "Palmshore", "Birkental", "Harrowgate", "Oldferry", "Saltmarsh", "Quarryhill", "Westpier", "Saltmere",
    "Gannet Bay", "Oberbirken", "Kehlberg", "Talheim", "Fennmoor", "Northcliff", "Eastwick",
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
FORMS = {
    "en": (
        "{place} beat {place} {n}-{n} in front of {n} spectators on {day} evening. {person} gave the home side the lead"
        " in the {n}th minute with a {word} after a pass from {person}. The visitors were level {n} minutes later when"
        " {person} found the net from {n} metres. Coach {person} brought on {person} and {person} at half-time, and the"
        " change paid off: in the {n}th minute {person} scored from a {word}. The referee, {person} from {place},"
        " showed {n} yellow cards and sent {person} off in the {n}th minute. {place} are now in place {n} of the table"
        " with {n} points from {n} matches. On {day} they travel to {place}, who lost {n}-{n} to {place} this week."
        " It was their {n}th win of the season, and the first against {place} since {year}.",
        "The weather for {place} and {place} on {day}: after a {sky} morning it will be {sky} in the afternoon, with"
        " highs of {n} degrees on the coast and {n} degrees inland. The wind blows from the {wind} at {n} kilometres an"
        " hour, in gusts up to {n}. At night it cools down to {n} degrees, in the valleys around {place} to {n}. The"
        " chance of rain is {n} per cent. On {day} it stays {sky}, with {n} to {n} degrees. The outlook for {day}:"
        " {sky}, later {sky}, {n} degrees. The sun rises at {n}:{m} and sets at {n}:{m}. The water off {place} has"
        " {n} degrees. The highest temperature ever measured on this day was {n} degrees in {year}, the lowest {n}"
        " degrees in {year}.",
        "Shares in {place} closed {move} on {day}. The leading index ended the day at {big} points, {pc} per cent"
        " {move} than on {day}. Winner of the day was {firm} with a plus of {pc} per cent at {pc} crowns, ahead of"
        " {firm} with {pc} per cent. At the bottom of the list were {firm}, which lost {pc} per cent after its figures"
        " for the {nth} quarter, and {firm} with a minus of {pc} per cent. The crown stood at {pc} to the dollar in"
        " the evening. A barrel of oil cost {pc} dollars, {pc} {move} than the day before. In bond trading the yield"
        " rose from {pc} to {pc} per cent. Analyst {person} of {firm} expects the index to reach {big} points by the"
        " end of the year; {person} of {firm} is more cautious.",
    ),
    "de": (
        "{place} hat am {day} vor {n} Zuschauern {n}:{n} gegen {place} gewonnen. {person} brachte die Gastgeber in der"
        " {n}. Minute nach einem {word} in Führung, {person} hatte aufgelegt. Den Ausgleich erzielte {person} in der"
        " {n}. Minute aus {n} Metern. Trainer {person} brachte zur Pause {person} und {person}, und das machte sich"
        " bezahlt: {person} traf in der {n}. Minute per {word}. Schiedsrichter {person} aus {place} zeigte {n} gelbe"
        " Karten und stellte {person} in der {n}. Minute vom Platz. {place} steht mit {n} Punkten aus {n} Spielen auf"
        " Platz {n} der Tabelle. Am {day} geht es nach {place}, das gegen {place} {n}:{n} verlor. Es war der {n}. Sieg"
        " der Saison und der erste gegen {place} seit {year}.",
        "Das Wetter am {day} in {place} und {place}: Am Vormittag ist es {sky}, am Nachmittag {sky}, bei Höchstwerten"
        " von {n} Grad an der Küste und {n} Grad im Landesinneren. Der Wind weht mit {n} Kilometern in der Stunde aus"
        " {wind}, in Böen bis {n}. In der Nacht kühlt es auf {n} Grad ab, in den Tälern um {place} auf {n}. Die"
        " Regenwahrscheinlichkeit liegt bei {n} Prozent. Am {day} bleibt es {sky} bei {n} bis {n} Grad. Die Aussichten"
        " für {day}: {sky}, später {sky}, {n} Grad. Sonnenaufgang ist um {n}:{m}, Sonnenuntergang um {n}:{m} Uhr. Das"
        " Wasser vor {place} hat {n} Grad. Die höchste Temperatur an diesem Tag wurde {year} mit {n} Grad gemessen.",
        "Die Börse in {place} hat am {day} {move} geschlossen. Der Leitindex ging mit {big} Punkten aus dem Handel, {pc}"
        " Prozent anders als am {day}. Tagessieger war {firm} mit einem Plus von {pc} Prozent auf {pc} Kronen vor {firm}"
        " mit {pc} Prozent. Schlusslicht war {firm}, das nach Zahlen zum {nth} Quartal {pc} Prozent verlor, dahinter"
        " {firm} mit einem Minus von {pc} Prozent. Die Krone stand am Abend bei {pc} Dollar. Ein Fass Öl kostete {pc}"
        " Dollar und damit {pc} mehr als am Vortag. Am Rentenmarkt stieg die Rendite von {pc} auf {pc} Prozent. Analyst"
        " {person} von {firm} sieht den Index zum Jahresende bei {big} Punkten, {person} von {firm} ist vorsichtiger.",
    ),
}


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
