import json

import pytest

from crawler.article import Article, Hints
from crawler.extraction import extract, wall_of

URL = "https://gazette.example.com/2026/03/02/ferry-sails-again"
SENTENCE = "The ferry between Lendmouth and the islands sails again after nine days in the dock of the harbour."
LONG = "".join(
    f"<p>{SENTENCE} It was the {n}th time this winter that the crew had to wait for parts.</p>" for n in range(12)
)


def page(body, *, title="Ferry sails again", head=""):
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def ld(**claims):
    claims = {"@type": "NewsArticle", "headline": "Ferry sails again", **claims}
    return f'<script type="application/ld+json">{json.dumps(claims)}</script>'


def story(text=LONG, **options):
    return page(f"<article><h1>Ferry sails again</h1>{text}</article>", **options)


LOGIN_FORM = "<form action='/login'><input name='user'><input type='password' name='p'><button>Go</button></form>"

WALLS = {
    "bot_wall": [
        page(
            "<h1>gazette.example.com</h1><p>Verifying you are human. This may take a few seconds.</p>",
            title="Just a moment...",
            head="<script>window._cf_chl_opt={cvId:'3'};</script>",
        ),
        page(
            "<p>Please enable JS and disable any ad blocker</p>",
            title="gazette.example.com",
            head="<script src='https://ct.captcha-delivery.com/c.js'></script>",
        ),
        page("<h1>Access Denied</h1><p>You don't have permission. Reference #18.2f</p>", title="Access Denied"),
        page("<p>Подтвердите, что вы не робот</p><div class='g-recaptcha'></div>", title="Проверка"),
        page("<iframe src='/_Incapsula_Resource?SWUDNSAI=31'></iframe>", title="", head=""),
    ],
    "login_wall": [
        page(f"<h1>Log in to the Gazette</h1>{LOGIN_FORM}", title="Log in"),
        page(f"<h1>Anmeldung</h1>{LOGIN_FORM}", title="Gazette"),
        page(f"<h1>ログイン</h1>{LOGIN_FORM}", title="新聞"),
    ],
    "cookie_wall": [
        page(
            "<h1>Before you continue</h1><p>We use cookies. Accept all or manage your choices.</p>",
            title="Gazette",
        ),
        page("<h1>Hinweis</h1><p>Bitte stimmen Sie der Nutzung von Cookies zu: akzeptieren und weiter.</p>"),
    ],
    "soft_404": [
        page("<h1>Page not found</h1><p>The page you are looking for is not here.</p>", title="Gazette"),
        page("<h1>Seite nicht gefunden</h1><p>Hier gibt es nichts.</p>", title="404"),
        page("<h1>页面不存在</h1><p>请返回首页。</p>", title="新闻"),
        page("<h1>Oops</h1><p>This article is no longer available.</p>", title="Article no longer available"),
    ],
    "paywall": [
        story(f"<p>{SENTENCE}</p>", head=ld(isAccessibleForFree=False)),
        story(f"<p>{SENTENCE}</p>", head=ld(isAccessibleForFree="False")),
        story(f"<p>{SENTENCE}</p>", head=ld(hasPart={"@type": "WebPageElement", "isAccessibleForFree": False})),
        story(f"<p>{SENTENCE}</p>", head="<meta property='article:content_tier' content='locked'>"),
        story(f"<p>{SENTENCE * 3}</p><div class='paywall'>Subscribe to continue reading this story.</div>"),
        story(LONG, head=ld(isAccessibleForFree=False, wordCount=2000)),
        story(
            f"{LONG}<p>La suite de cet article est réservée aux abonnés.</p>", head=ld(isAccessibleForFree=False)
        ),
    ],
}


@pytest.mark.parametrize(
    ("reason", "body"), [(reason, body) for reason, bodies in WALLS.items() for body in bodies]
)
def test_a_wall_is_recognised_as_what_it_is(reason, body):
    """In several languages, by the marks of those who build them."""
    assert extract(body, URL).reason == reason


ARTICLES = {
    "about captchas": story(LONG.replace("ferry", "captcha"), title="Are you a robot? Why captchas fail"),
    "about 404": story(title="404: the page not found that made history"),
    "about paywalls": story(LONG.replace("ferry", "paywall"), title="Subscribe to read: how paywalls work"),
    "cookie banner": page(
        f"<div><h2>We value your privacy</h2><p>We use cookies. Accept?</p></div><article>{LONG}</article>"
    ),
    "log-in in the header": page(f"<header>{LOGIN_FORM}</header><article><h1>Ferry</h1>{LONG}</article>"),
    "captcha for comments": story(LONG + "<form><div class='g-recaptcha'></div><textarea></textarea></form>"),
    "short, with a captcha": story(
        f"<p>{SENTENCE} {SENTENCE.replace('nine', 'ten')}</p><div class='h-captcha'></div>", head=ld()
    ),
    "offer below the text": story(LONG + "<div class='paywall-offer'>Already a subscriber? Log in.</div>"),
}


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_is_no_wall(name):
    """Words, banners, forms and offers about a whole article do not make it one."""
    assert isinstance(extract(ARTICLES[name], URL), Article)


@pytest.mark.parametrize(
    ("head", "is_free"),
    [
        (ld(isAccessibleForFree=True), True),
        (ld(isAccessibleForFree="True"), True),
        (ld(isAccessibleForFree="http://schema.org/False"), False),
        (ld(), None),
        ("<meta property='article:content_tier' content='free'>", True),
        ("<meta property='article:content_tier' content='metered'>", None),
        ("", None),
    ],
)
def test_whether_an_article_is_free(head, is_free):
    """What the page says of it; a whole text is stored even if it is not meant for all."""
    assert extract(story(head=head), URL).is_accessible_for_free is is_free


def test_a_redirect_to_a_login_is_a_login_wall():
    """Though it led to the front of another host."""
    found = extract(WALLS["login_wall"][0], "https://login.example.com/", hints=Hints(asked_url=URL))
    assert found.reason == "login_wall"


def test_a_redirect_to_the_home_page_is_an_error_page():
    """A page that is gone often leads to the front, with status 200."""
    found = extract(story(), "https://gazette.example.com/", hints=Hints(asked_url=URL))
    assert found.reason == "soft_404"


def test_the_full_text_of_a_feed_stands_in_for_a_teaser():
    """What the feed carries whole is stored, though the page shows a teaser."""
    whole = "\n".join([SENTENCE] * 12)
    body = story(f"<p>{SENTENCE}</p>", head=ld(isAccessibleForFree=False))
    found = extract(body, URL, hints=Hints(headline="Ferry sails again", article_body=whole))
    assert (found.article_body, found.is_accessible_for_free) == (whole, False)


def test_the_page_counts_before_the_feed():
    """Where the page has the text, the feed's is not asked."""
    hints = Hints(headline="Ferry sails again", article_body="\n".join([SENTENCE] * 5))
    assert extract(story(), URL, hints=hints).article_body == extract(story(), URL).article_body


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (403, {"cf-mitigated": "challenge"}, b"", "bot_wall"),
        (503, {}, WALLS["bot_wall"][0], "bot_wall"),
        (403, {}, WALLS["login_wall"][0], "login_wall"),
        (402, {}, b"", "paywall"),
        (404, {}, page("<h1>Page not found</h1>"), None),
        (500, {"content-type": "application/json"}, b"{}", None),
        (403, {}, page("<h1>Forbidden</h1>"), None),
    ],
)
def test_a_wall_may_come_with_an_error(status, headers, body, reason):
    """A challenge under 403 or 503 is a challenge; other errors keep their status for a reason."""
    found = wall_of(body, URL, status, headers)
    assert (found and found.reason) == reason
