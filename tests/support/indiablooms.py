"""Pages built like those of India Blooms, in words of our own.

Each has a masthead with today's date, a ticker of other headlines, buttons to share it, the headline with its
section beside it, a picture with a credit, the byline, the text, and an appeal for money.
"""

from datetime import UTC, datetime

URL = "https://www.indiablooms.com/world/harbour-pilots-back-at-work-after-talks-in-lendmouth/details"
HEADLINE = "Harbour pilots back at work after talks in Lendmouth"
SECTION = "World"
AUTHOR = "India Blooms News Service"
BYLINE = f"{AUTHOR} | @indiablooms | 25 Feb 2022, 08:57 pm"
PUBLISHED = datetime(2022, 2, 25, 15, 27, tzinfo=UTC)
CREDIT = "Meera Valathur"
BODY = """\
Lendmouth/IBNS: The pilots who guide ships into the harbour of Lendmouth went back to work on Friday after two \
days of talks with the port authority, which has agreed to raise the pay for night watches.
Some forty vessels had been lying at anchor off the coast since Tuesday, among them three tankers and a ship with \
grain for the mills of Palmshore, the harbour master said.
"Nobody wanted this to last until the weekend," the speaker of the pilots told reporters at the old customs \
house. He said that all ships would be brought in by Sunday evening if the wind allowed.
The authority put the loss at four million crowns. It wants to have a permanent board of arbitration, which is to \
meet for the first time in March, before the summer timetable comes into force.
The last strike of the pilots, eleven years ago, went on for nine days and ended with a ruling of the court."""

_TICKER = (
    "Palmshore opens its second metro line",
    "Birkental votes on a new swimming bath",
    "Monsoon expected a week early, say forecasters",
    "Cricket: Harbour Eleven win by an innings",
)
_HEAD = (
    '<!DOCTYPE html><html><head><meta charset="utf-8">'
    f"<title>{HEADLINE} | Indiablooms - First Portal on Digital News Management</title>"
)
_APPEAL = (
    "<h3>Support Our Journalism</h3>"
    "<p>We cannot do without you.. your contribution supports unbiased journalism</p>"
    "<p>Donate to keep the newsroom independent, whatever the amount: every reader who gives helps us to pay those"
    " who report from the districts.</p>"
)


def marked_page() -> str:
    """A page whose parts have classes that say what they are."""
    ticker = "".join(f'<li><a href="/news/{n}/details">{title}</a></li>' for n, title in enumerate(_TICKER))
    share = "".join(f'<a class="share-{name}" href="#">{name}</a>' for name in ("Facebook", "Twitter", "WhatsApp"))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in BODY.split("\n"))
    return (
        f'{_HEAD}<meta property="og:title" content="{HEADLINE}">'
        '<meta property="og:site_name" content="Indiablooms">'
        '</head><body><header class="masthead"><a href="/"><img src="/logo.png" alt="India Blooms"></a>'
        '<span class="today">Saturday, November 28, 2026</span></header>'
        '<nav><a href="/">Home</a> <a href="/world">World</a> <a href="/finance">Finance</a></nav>'
        f'<div class="news-ticker"><b>Just In:</b><ul>{ticker}</ul></div><div class="story">'
        f'<a class="section" href="/world">{SECTION}</a><h1>{HEADLINE}</h1>'
        f'<div class="share-buttons">{share}</div>'
        f'<div class="picture"><img src="/images/pilots.jpg" alt=""><span>Image: {CREDIT}</span></div>'
        f'<div class="byline">{BYLINE}</div><div class="text">{text}</div></div>'
        f'<div class="support">{_APPEAL}</div>'
        "<footer>Copyright of the publishers</footer></body></html>"
    )


def plain_page() -> str:
    """A page whose markup says nothing of its parts."""
    ticker = " &nbsp; ".join(f'<a href="/news/{n}/details">{title}</a>' for n, title in enumerate(_TICKER))
    text = "".join(f'<p style="text-align:justify">{paragraph}</p>\n' for paragraph in BODY.split("\n"))
    return (
        f'{_HEAD}</head><body><div><div><a href="/"><img src="/logo.png"></a></div>'
        '<div>28 Nov 2026, 09:15 am</div></div><div><a href="/">Home</a> | <a href="/world">World</a> | '
        f'<a href="/finance">Finance</a></div><div><marquee>{ticker}</marquee></div><div><div><div>'
        f'<h1>{HEADLINE}</h1><a href="/world">{SECTION}</a></div><div>'
        '<a href="https://www.facebook.com/sharer.php?u=x">Share</a> '
        '<a href="https://twitter.com/share?u=x">Tweet</a></div><div>'
        f'<img src="/images/pilots.jpg" width="770" height="433"><br><small>Image: {CREDIT}</small></div>'
        f"<div><span>{AUTHOR}</span> | <a href='https://twitter.com/indiablooms'>@indiablooms</a> | "
        f"<span>25 Feb 2022, 08:57 pm</span></div><div>{text}</div></div>"
        f'<div>{_APPEAL}<a href="/donate">Click here to donate</a></div></div>'
        "<div>Copyright of the publishers</div></body></html>"
    )
