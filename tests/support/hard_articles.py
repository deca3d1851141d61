"""Articles that are easily taken for something else: short, bare of metadata, made of lists, full of links."""

from collections.abc import Callable

from tests.support import prose
from tests.support.articles import ld, news
from tests.support.fronts import ENGLISH as HEADLINES
from tests.support.kinds import ARTICLE, SITE, WEBSITE, Page, page, teasers

DATE = '<meta property="article:published_time" content="2026-03-02T07:30:00Z">'


def _listicle():
    return "".join(
        f"<h2><a href='https://shop.example/{n}'>{n}. {HEADLINES[n % 10]}</a></h2><p>{prose.text(prose.ENGLISH, 3, start=n)}</p>"
        for n in range(1, 12)
    )


def _interview():
    return "".join(
        f"<p><strong>{prose.ENGLISH[n % 12].rstrip('.')}?</strong></p><p>{prose.text(prose.ENGLISH, 2, start=n)}</p>"
        for n in range(9)
    )


def _linked():
    words = prose.text(prose.ENGLISH, 50).split()
    linked = [f"<a href='/news/{n}'>{word}</a>" if n % 10 == 0 else word for n, word in enumerate(words)]
    return "".join(f"<p>{' '.join(linked[n : n + 60])}</p>" for n in range(0, len(linked), 60))


POSITIVES: dict[str, Callable[[], Page]] = {
    "news in brief": lambda: Page(
        f"{SITE}/news/ferry-sails-again-after-eleven-weeks",
        page(
            f"<h1>Ferry sails again</h1><p>{prose.text(prose.ENGLISH, 2)}</p><p>{prose.text(prose.ENGLISH, 2, start=2)}</p>",
            title="Ferry sails again",
            head=ARTICLE,
        ),
    ),
    "brief without metadata": lambda: Page(
        f"{SITE}/lendmouth/47111",
        page(
            f"<h1>Ferry sails again on Monday</h1><p>{prose.text(prose.ENGLISH, 4)}</p>", title="Ferry sails again"
        ),
    ),
    "without metadata": lambda: Page(
        f"{SITE}/islands/ferry",
        page(f"<h1>Ferry sails again</h1>{prose.paragraphs(prose.ENGLISH, 5)}", title="Ferry"),
    ),
    "without metadata among teasers": lambda: Page(
        f"{SITE}/islands/ferry-sails-again",
        page(
            f"<main><h1>Ferry sails again after weeks</h1>{prose.paragraphs(prose.ENGLISH, 5)}</main>"
            f"<aside><h3>More</h3>{teasers(count=8, level='h3', length=1)}</aside>",
            title="Ferry sails again",
        ),
    ),
    "opinion without a date": lambda: Page(
        f"{SITE}/opinion/why-the-ferry-should-be-free",
        page(
            f"<h1>Why the ferry should be free for all</h1><p class='byline'>Ada Merrow</p>"
            f"{prose.paragraphs(prose.ENGLISH, 8)}",
            title="Opinion",
            head=WEBSITE,
        ),
    ),
    "live blog": lambda: Page(
        f"{SITE}/news/live/storm-over-the-islands",
        page(
            "<h1>Storm over the islands: as it happened</h1>"
            + "".join(
                f"<div class='post'><time>1{n}:00</time><h2><a href='?post={n}'>{HEADLINES[n]}</a></h2>"
                f"<p>{prose.text(prose.ENGLISH, 2, start=n)}</p></div>"
                for n in range(10)
            ),
            title="Storm: live",
            head=ARTICLE + ld({"@type": "LiveBlogPosting", "headline": "Storm over the islands"}),
        ),
    ),
    "live blog without JSON-LD": lambda: Page(
        f"{SITE}/news/2026/03/02/storm-over-the-islands-live-updates",
        page(
            "<h1>Storm over the islands: live updates</h1><p class='author'>Ada Merrow</p>"
            + "".join(
                f"<div class='post'><time>1{n}:00</time><h2>{HEADLINES[n]}</h2>"
                f"<p>{prose.text(prose.ENGLISH, 2, start=n)}</p></div>"
                for n in range(10)
            ),
            title="Storm: live",
        ),
    ),
    "interview": lambda: Page(
        f"{SITE}/interview/captain-varga",
        page(f"<h1>\u201cNobody asked the engine\u201d</h1>{_interview()}", title="Interview", head=DATE),
    ),
    "listicle with linked headings": lambda: Page(
        f"{SITE}/travel/eleven-things-to-do-on-the-islands",
        page(
            f"<h1>Eleven things to do on the islands</h1><p>{prose.text(prose.ENGLISH, 2)}</p>{_listicle()}",
            title="Eleven things",
            head=ARTICLE + DATE,
        ),
    ),
    "listicle by JSON-LD": lambda: Page(
        f"{SITE}/gallery/eleven-things",
        page(
            f"<h1>Eleven things to do on the islands</h1>{_listicle()}",
            title="Eleven things",
            head=ld(news(headline="Eleven things to do on the islands"), {"@type": "ItemList", "name": "Things"}),
        ),
    ),
    "nothing but lists": lambda: Page(
        f"{SITE}/news/what-changes-on-the-islands-in-april",
        page(
            "<article><h1>What changes on the islands in April</h1><p class='byline'>Ada Merrow</p><ul>"
            + "".join(f"<li>{sentence}</li>" for sentence in prose.ENGLISH)
            + "</ul></article>",
            title="April",
        ),
    ),
    "a table": lambda: Page(
        f"{SITE}/news/2026/03/02/how-the-islands-voted",
        page(
            f"<article><h1>How the islands voted on the market</h1><p>{prose.text(prose.ENGLISH, 2)}</p><table>"
            + "".join(f"<tr><td>Ward {n}</td><td>{n * 131}</td><td>{n * 97}</td></tr>" for n in range(1, 20))
            + "</table></article>",
            title="How the islands voted",
            head=ARTICLE + DATE,
        ),
    ),
    "long read with fifty links": lambda: Page(
        f"{SITE}/long-reads/the-winter-of-the-great-ice",
        page(
            f"<h1>The winter of the great ice</h1>{_linked()}{teasers(count=16, length=0)}",
            title="Long read",
            head=WEBSITE,
        ),
    ),
    "Thai": lambda: Page(
        f"{SITE}/th/4711",
        page(f"<h1>เรือข้ามฟากกลับมาให้บริการ</h1>{prose.paragraphs(prose.THAI, 3)}", title="ข่าว", language="th"),
    ),
    "Japanese": lambda: Page(
        f"{SITE}/jp/4711",
        page(
            f"<h1>離島へのフェリー、運航再開</h1>{prose.paragraphs(prose.JAPANESE, 4, each=1)}",
            title="新聞",
            language="ja",
            head=WEBSITE,
        ),
    ),
    "Arabic": lambda: Page(
        f"{SITE}/ar/4711",
        page(f"<h1>عبارة المساء تعود</h1>{prose.paragraphs(prose.ARABIC, 4)}", title="أخبار", language="ar"),
    ),
    "Hindi": lambda: Page(
        f"{SITE}/hi/4711",
        page(f"<h1>शाम की नौका फिर से चली</h1>{prose.paragraphs(prose.HINDI, 4)}", title="समाचार", language="hi"),
    ),
    "Russian in line breaks": lambda: Page(
        f"{SITE}/ru/4711.html",
        page(
            f"<h1>Паром снова ходит</h1><div>{'<br><br>'.join(prose.text(prose.RUSSIAN, 4, start=n) for n in range(4))}</div>",
            title="Паром",
            language="ru",
        ),
    ),
    "transcript": lambda: Page(
        f"{SITE}/radio/transcript-of-the-harbour-hour",
        page(
            "<h1>The harbour hour: what was said</h1>"
            + "".join(f"<p>{'HOST' if n % 2 else 'VARGA'}: {prose.ENGLISH[n % 12]}</p>" for n in range(24)),
            title="Transcript",
        ),
    ),
    "letter to the editor": lambda: Page(
        f"{SITE}/letters/the-ferry",
        page(
            f"<h1>The ferry is not for us</h1><p>Sir, {prose.text(prose.ENGLISH, 3)}</p><p>{prose.text(prose.ENGLISH, 2, start=4)}"
            "</p><p>J. Hardt, Lendmouth</p>",
            title="Letters",
        ),
    ),
    "obituary": lambda: Page(
        f"{SITE}/obituaries/old-keeper",
        page(f"<h1>Tomas Relling, 81</h1><p>{prose.text(prose.ENGLISH, 4)}</p>", title="Tomas Relling", head=DATE),
    ),
    "wire brief with JSON-LD": lambda: Page(
        f"{SITE}/wire/1",
        page(
            "<h1>Ferry returns</h1><p>LENDMOUTH - The ferry sails again.</p>",
            title="Ferry returns",
            head=ld(news()),
        ),
    ),
    "by its template a website": lambda: Page(
        f"{SITE}/news/council-votes",
        page(
            f"<h1>Council votes to keep the market</h1>{prose.paragraphs(prose.ENGLISH, 4)}",
            title="Council",
            head=WEBSITE,
        ),
    ),
    "poem": lambda: Page(
        f"{SITE}/culture/poem-of-the-week-the-ferry",
        page(
            "<article><h1>Poem of the week: The ferry</h1><p class='byline'>Ada Merrow</p><p>"
            + "<br>".join(" ".join(sentence.split()[:7]) for sentence in prose.ENGLISH)
            + "</p></article>",
            title="Poem of the week",
        ),
    ),
    "text in line breaks": lambda: Page(
        f"{SITE}/view.php?id=47112",
        page(
            f"<table><tr><td><b>Ferry sails again</b><br>{'<br><br>'.join(prose.text(prose.ENGLISH, 3, start=n) for n in range(5))}"
            "</td></tr></table>",
            title="Ferry sails again",
        ),
    ),
    "a gallery with a text": lambda: Page(
        f"{SITE}/gallery/the-harbour-in-winter",
        page(
            f"<h1>The harbour in winter</h1>{prose.paragraphs(prose.ENGLISH, 5)}"
            + "".join(
                f"<figure><img src='/{n}.jpg'><figcaption>Picture {n} of the harbour</figcaption></figure>"
                for n in range(9)
            ),
            title="The harbour in winter",
            head=ARTICLE,
        ),
    ),
    "a video with a text": lambda: Page(
        f"{SITE}/video/first-crossing-of-the-ferry",
        page(
            f"<h1>The first crossing of the new ferry</h1><video></video>{prose.paragraphs(prose.ENGLISH, 5)}",
            title="Video",
            head=ARTICLE + DATE + ld({"@type": "VideoObject", "name": "The first crossing"}),
        ),
    ),
    "on the terms of others": lambda: Page(
        f"{SITE}/politics/2026/03/02/privacy-policy-of-the-ferry-company-under-fire",
        page(
            f"<h1>Ferry company's privacy policy under fire</h1>{prose.paragraphs(prose.ENGLISH, 4)}",
            title="Ferry company",
        ),
    ),
    "in a folder for authors": lambda: Page(
        f"{SITE}/autoren/ada-merrow/warum-die-faehre-nichts-kosten-darf",
        page(
            f"<h1>Warum die Fähre nichts kosten darf</h1>{prose.paragraphs(prose.GERMAN, 8)}",
            title="Fähre",
            language="de",
            head=ARTICLE + DATE,
        ),
    ),
    "with questions to the reader": lambda: Page(
        f"{SITE}/news/council-votes-to-keep-the-market",
        page(
            f"<h1>Council votes to keep the market</h1>{prose.paragraphs(prose.ENGLISH, 5)}<form>What do you think?"
            + "".join(f"<input type='radio' name='p'>{n}" for n in range(8))
            + "</form>",
            title="Council",
            head=ARTICLE + DATE,
        ),
    ),
    "microdata": lambda: Page(
        f"{SITE}/n/12",
        page(
            "<div itemscope itemtype='http://schema.org/NewsArticle'><h1 itemprop='headline'>Ferry sails again</h1>"
            f"{prose.paragraphs(prose.ENGLISH, 2)}</div>{teasers(count=7)}",
            title="Ferry",
            head=WEBSITE,
        ),
    ),
    "Spanish, listed by others only": lambda: Page(
        f"{SITE}/sociedad/vuelve-el-barco-de-la-tarde",
        page(
            f"<h1>Vuelve el barco de la tarde</h1>{prose.paragraphs(prose.SPANISH, 3)}",
            title="Sociedad",
            language="es",
        ),
    ),
    "French": lambda: Page(
        f"{SITE}/societe/le-bac-du-soir",
        page(
            f"<h1>Le bac du soir</h1>{prose.paragraphs(prose.FRENCH, 3)}{teasers(prose.FRENCH, count=6)}",
            title="Le bac",
            language="fr",
        ),
    ),
}
