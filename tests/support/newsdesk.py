"""As many different articles as a test needs, with what their paper puts around all of them."""

from tests.support.pages import article

PLACES = ("Lendmouth", "Palmshore", "Birkental", "Harrowgate", "Oldferry", "Saltmarsh", "Quarryhill", "Westpier")
THINGS = ("bridge", "school", "market", "theatre", "library", "tramway", "lighthouse", "orchard")

FOOTER = "The Gazette is read in 1,204 households of the district, and printed at Palmshore on its own paper."
TICKER = (
    "Storm warning for the outer islands",
    "Ministers meet over the price of bread",
    "Rovers win the cup again",
)


def paragraphs(number: int) -> list[str]:
    """Three paragraphs that no other number below 512 has."""
    place, thing, other = PLACES[number % 8], THINGS[number // 8 % 8], PLACES[number // 64 % 8]
    closed = (
        f"The {thing} of {place} will be closed for repairs after the winter, the council decided on Monday, and"
        f" the people of {other} are asked to take the upper road until the work on it is done."
    )
    sand = (
        f"Engineers have looked at the {thing} in {place} since the floods that came down from {other}, and found"
        " that two of its walls stand on sand and one of them on nothing at all."
    )
    fund = (
        f"A fund for the {thing} has been opened in {place}; the mayor of {other} has given the first hundred"
        " crowns, and hopes that others will follow before the first frost."
    )
    return [closed, sand, fund]


def headline(number: int) -> str:
    """The headline of the article of this number."""
    place, thing, other = PLACES[number % 8], THINGS[number // 8 % 8], PLACES[number // 64 % 8]
    return f"{place} to repair its {thing} with the help of {other}"


def story(number: int, *around: str) -> str:
    """The page of the article of this number, with these paragraphs at its end."""
    return framed(headline(number), [*paragraphs(number), *around])


def framed(title: str, lines: list[str]) -> str:
    """A page with this headline and these paragraphs."""
    head, _, tail = article(title).partition("</h1>")
    return f"{head}</h1>{''.join(f'<p>{line}</p>' for line in lines)}</article>{tail.partition('</article>')[2]}"
