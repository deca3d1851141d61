"""What class names and ids say of the part of a page that bears them: the words, by what they speak of.

Only words that many content management systems use: no word here stands for one publisher. Which way each kind
speaks, and how loudly, is learned (see weights.toml).
"""

import re
from functools import lru_cache

KINDS: dict[str, str] = {
    "consent": (
        "cookie cookies consent gdpr ccpa onetrust optanon privacy didomi cmp usercentrics sourcepoint"
        " cookiebot truste"
    ),
    "share": (
        "share sharing social socials sharebar addtoany addthis sharedaddy teilen follow shares socialmedia"
    ),
    "related": (
        "related recommend recommended recommendation recommendations outbrain taboola recirc"
        " recirculation more readmore similar also suggested suggestions trending popular mostread latest"
        " teaser teasers promo promos upnext crosslink interlink moreon weitere relatedcontent storylist"
        " feed linkbox"
    ),
    "comment": (
        "comment comments disqus discussion kommentare kommentar commentaires respond replies reply"
        " viafoura coral livefyre openweb"
    ),
    "appeal": (
        "newsletter subscribe subscription signup subscriber email mailing mailchimp abo paywall piano"
        " regwall register registration membership donate donation donations support supporter fundraising"
        " appeal epaper offer offers"
    ),
    "advertisement": (
        "ad ads advert advertisement advertising adslot anzeige werbung sponsored sponsor commercial dfp"
        " gpt banner affiliate partner"
    ),
    "caption": (
        "caption captions credit credits figcaption copyright imagecaption photocredit legend"
        " bildunterschrift gallery slideshow carousel slider photo image picture media img"
    ),
    "author": ("author authors byline bio biography contributor autor autoren writer profile avatar journalist"),
    "facts": (
        "date time timestamp published updated meta breadcrumb breadcrumbs crumbs tags tag topics topic"
        " keywords category kicker overline eyebrow label rubric dateline infos"
    ),
    "frame": (
        "nav navigation navbar menu masthead topbar toolbar pagination pager footer foot bottom sidebar"
        " aside rail widget header skip offcanvas drawer burger"
    ),
    "embed": (
        "twitter tweet instagram facebook tiktok embed embedded youtube iframe video player audio podcast vimeo"
    ),
    "body": (
        "articlebody article story body content entry post text paragraph richtext prose bodytext"
        " contents main copy fulltext articletext storybody"
    ),
    "lead": (
        "lead lede standfirst intro subtitle subheadline dek teasertext summary excerpt vorspann chapo"
        " sottotitolo entradilla deck abstract sub subhead subheading description"
    ),
    "box": (
        "box infobox factbox inset sidebar callout pullquote aside notice note alert message disclaimer"
        " correction tooltip modal popup overlay lightbox dialog"
    ),
    "hidden": "hidden hide invisible sr visually screenreader noprint accessibility",
}
_KINDS_OF: dict[str, frozenset[str]] = {
    word: frozenset(kind for kind, words in KINDS.items() if word in words.split())
    for words in KINDS.values()
    for word in words.split()
}
# The classes that social networks have publishers put on what they embed. It is quoted, not written, there.
EMBEDS = frozenset(
    {"twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "fb-post", "bluesky-embed",
     "reddit-embed-bq", "mastodon-embed"}
)  # fmt: skip

_WORD = re.compile(r"[A-Z]?[a-z]{2,20}|[A-Z]{3,20}(?![a-z])")
_NOTHING: frozenset[str] = frozenset()


@lru_cache(maxsize=20_000)
def kinds_of(names: str) -> frozenset[str]:
    """Name the kinds that an element's classes, id and the like speak of: ``articleBody-text`` says ``body``.

    What is asked is remembered: ``names`` must be short.
    """
    words = {word.lower() for word in _WORD.findall(names)}
    return _NOTHING.union(*(kinds for word in words if (kinds := _KINDS_OF.get(word))))
