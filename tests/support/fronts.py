"""Front pages of many styles, each with what a reader would call its articles."""

from dataclasses import dataclass, field
from html import escape

ENGLISH = (
    "Ferry to the outer islands sails again after eleven weeks",
    "Council votes to keep the market open on Sundays",
    "Lighthouse keeper, 81, hands over the last of his logbooks",
    "Storm tears the roof off the old cannery",
    "Why the herring came back to the sound",
    "School choir sings for a full house in the fish hall",
    "Harbour tax to rise by a tenth from April",
    "Night buses will run until two from the spring",
    "Three held over missing copper from the shipyard",
    "Bridge repair is half done, say engineers",
)
GERMAN = (
    "Fähre nach Norden fährt wieder nach elf Wochen im Dock",
    "Stadtrat lässt den Markt auch am Sonntag offen",
    "Leuchtturmwärter übergibt mit 81 Jahren sein letztes Logbuch",
    "Sturm deckt das Dach der alten Konservenfabrik ab",
    "Warum der Hering in den Sund zurückgekehrt ist",
)
RUSSIAN = (
    "Паром на дальние острова снова ходит после ремонта",
    "Совет решил оставить рынок открытым по воскресеньям",
    "Смотритель маяка передал последний журнал музею",
    "Шторм сорвал крышу старого консервного завода",
    "Почему сельдь вернулась в пролив этой весной",
)
JAPANESE = (
    "離島へのフェリー、11週間ぶりに運航再開",
    "市議会、日曜市の継続を賛成多数で可決",
    "灯台守が最後の航海日誌を博物館に寄贈",
    "強風で旧缶詰工場の屋根が飛ばされる",
    "ニシンが海峡に戻ってきた理由を探る",
)
CHINESE = (
    "外岛渡轮停航十一周后恢复通航",
    "市议会投票决定周日市场继续开放",
    "八十一岁灯塔看守人交出最后一本日志",
    "暴风掀翻旧罐头厂屋顶",
    "鲱鱼为何今春重返海峡",
)
SECTIONS = ("News", "Politics", "Sport", "Culture", "Real estate")


@dataclass(frozen=True)
class Front:
    """A page that lists articles, and the URLs of those that a reader would find on it."""

    url: str
    html: str
    articles: list[str]
    pages: list[str] = field(default_factory=list)

    @property
    def body(self):
        """The page as it is served."""
        return self.html.encode()


def slug(headline):
    """A headline as it stands in a URL."""
    kept = "".join(character if character.isalnum() else " " for character in headline.lower())
    return "-".join(kept.split())


def page(body, *, head="", language="en"):
    """A page with this body."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Gazette</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


def menu(names=SECTIONS):
    """A menu of sections."""
    items = "".join(f'<li><a href="/{slug(name)}/">{name}</a></li>' for name in names)
    return f'<nav><a href="/">Home</a><ul>{items}</ul><a href="/login">Log in</a></nav>'


FOOTER = (
    '<footer><h4>The Gazette</h4><a href="/about">About us</a>'
    '<a href="/privacy">How we use what we know of you</a>'
    '<a href="/subscribe">Subscribe for a pound a week</a><a href="mailto:desk@gazette.example">Write to us</a>'
    '<a href="https://social.example/gazette">Follow the Gazette on Social</a></footer>'
)


def newspaper():
    """Dates in the URL, headlines in headings, a kicker and an author beside each."""
    site = "https://www.gazette.example"
    paths = [f"/2026/03/{day:02}/{slug(headline)}" for day, headline in enumerate(ENGLISH, 1)]
    cards = "".join(
        f'<article><a class="kicker" href="/politics/">Politics</a>'
        f'<h2><a href="{path}">{escape(headline)}</a></h2>'
        f'<p>By <a href="/author/ada-merrow-of-the-islands">Ada Merrow</a></p>'
        f'<a href="{path}#comments">12 comments</a>'
        "</article>"
        for path, headline in zip(paths, ENGLISH, strict=True)
    )
    return Front(f"{site}/", page(menu() + f"<main>{cards}</main>" + FOOTER), [site + path for path in paths])


def numbered():
    """A portal in tables, its articles numbered in the query, its sections too; no element says what it is."""
    site = "http://portal.example"
    sections = "".join(f'<td><a href="list.php?cat={n}">{name}</a></td>' for n, name in enumerate(SECTIONS))
    rows = "".join(
        f'<tr><td><a href="view.php?id={4700 + n}&amp;cat=2">{escape(headline)}</a></td><td>12:0{n % 10}</td></tr>'
        for n, headline in enumerate(ENGLISH)
    )
    markup = f'<table><tr>{sections}</tr></table><table>{rows}</table><a href="privacy.php">Privacy</a>'
    return Front(f"{site}/", page(markup), [f"{site}/view.php?id={4700 + n}&cat=2" for n in range(len(ENGLISH))])


def japanese():
    """Titles without spaces, numbered URLs, a menu of services with long names."""
    site = "https://shimbun.example"
    paths = [f"/articles/10{n:05}" for n in range(len(JAPANESE))]
    items = "".join(
        f'<li><a href="{path}"><span>社会</span><p class="title">{headline}</p></a></li>'
        for path, headline in zip(paths, JAPANESE, strict=True)
    )
    guide = '<a href="/guide/register">会員登録とログインのご案内はこちら</a>'
    services = f'<div id="menu">{guide}<a href="/sports/">スポーツ</a></div>'
    return Front(f"{site}/", page(services + f"<ul>{items}</ul>", language="ja"), [site + path for path in paths])


def chinese():
    """Titles without spaces, dated URLs, plain lists."""
    site = "https://ribao.example"
    paths = [f"/n1/2026/0302/c100{n}-4020{n:04}.html" for n in range(len(CHINESE))]
    items = "".join(
        f'<li><a href="{path}" target="_blank">{headline}</a></li>'
        for path, headline in zip(paths, CHINESE, strict=True)
    )
    bar = '<div class="nav"><a href="/GB/sport/">体育</a><a href="/GB/finance/">财经频道</a></div>'
    return Front(f"{site}/", page(bar + f"<ul>{items}</ul>", language="zh"), [site + path for path in paths])


def russian():
    """Cyrillic titles, transliterated names in the URL, "read on" under each."""
    site = "https://vestnik.example"
    paths = [f"/news/{4100 + n}/" for n in range(len(RUSSIAN))]
    items = "".join(
        f'<div class="item"><a href="{path}">{headline}</a><p>Текст.</p><a href="{path}">Читать далее</a></div>'
        for path, headline in zip(paths, RUSSIAN, strict=True)
    )
    bar = menu(("Новости", "Политика", "Спорт"))
    tags = '<div class="tags"><a href="/tag/morskoy-port-i-parom">Морской порт и паром в городе</a></div>'
    return Front(f"{site}/", page(bar + items + tags, language="ru"), [site + path for path in paths])


def cards():
    """Cards whose picture, empty cover and headline all link; campaigns tell them apart; times beside them."""
    site = "https://magazine.example"
    paths = [f"/stories/{slug(headline)}" for headline in ENGLISH]
    tiles = "".join(
        f'<div class="tile"><a href="{path}?utm_campaign=picture"><img src="/i.jpg" alt="A harbour"></a>'
        f'<a class="cover" href="{path}" aria-label="{escape(headline)}"></a>'
        f'<div><div class="title"><a href="{path}?utm_campaign=title">{escape(headline)}</a></div>'
        f'<time datetime="2026-03-02T0{n % 10}:00:00Z">today</time></div></div>'
        for n, (path, headline) in enumerate(zip(paths, ENGLISH, strict=True))
    )
    articles = [f"{site}{path}?utm_campaign=picture" for path in paths]
    return Front(f"{site}/", page(menu() + f"<div class='grid'>{tiles}</div>" + FOOTER), articles)


def blog():
    """A blog with short names in its URLs, a sidebar of archives and tags, and pages of older posts."""
    site = "https://blog.example"
    paths = [f"/{'-'.join(slug(headline).split('-')[:2])}/" for headline in ENGLISH]
    posts = "".join(
        f'<article class="post tag-harbour"><header class="entry-header"><h2><a href="{path}" rel="bookmark">'
        f'{escape(headline)}</a></h2><time datetime="2026-03-0{n % 9 + 1}">March</time></header>'
        f'<a href="/category/life-at-the-sea-side/">Life at the sea side</a>'
        f'<a href="{path}#more">Continue reading →</a>'
        "</article>"
        for n, (path, headline) in enumerate(zip(paths, ENGLISH, strict=True))
    )
    aside = (
        '<aside><h3>Archives</h3><a href="/2026/02/">February 2026</a><a href="/2026/01/">January 2026</a>'
        '<a href="/tag/all-about-the-harbour/">All about the harbour and the sea</a></aside>'
    )
    older = '<div class="nav-links"><a href="/page/1/">1</a><a href="/page/3/">3</a><a href="/page/4/">4</a>'
    older += '<a class="next" href="/page/3/">Older posts →</a><a href="/page/1/">← Newer posts</a></div>'
    return Front(
        f"{site}/page/2/",
        page(f"<main>{posts}</main>{older}{aside}"),
        [site + path for path in paths],
        [f"{site}/page/3/", f"{site}/page/4/"],
    )


def section_front():
    """A section front with a breadcrumb, sub-sections in headings, and headlines around the heading."""
    site = "https://zeitung.example"
    paths = [f"/politik/inland/{slug(headline)}-{30210 + n}.html" for n, headline in enumerate(GERMAN)]
    teasers = "".join(
        f'<section><a href="{path}"><img src="i.jpg"><h3>{headline}</h3>'
        f"<p>Ein Anriss des Artikels, der lang ist.</p>"
        "</a></section>"
        for path, headline in zip(paths, GERMAN, strict=True)
    )
    top = (
        '<header id="header"><a href="/politik/">Politik</a><a href="/sport/">Sport</a>'
        '<a href="/abo">Jetzt vier Wochen kostenlos lesen</a></header>'
        '<div class="breadcrumb"><a href="/">Start</a><a href="/politik/">Politik</a></div>'
        '<h2><a href="/politik/ausland/">Ausland</a></h2>'
    )
    head = '<base href="https://zeitung.example/politik/inland/"><link rel="next" href="?seite=2">'
    articles = [site + path for path in paths]
    return Front(
        f"{site}/politik/inland/",
        page(top + f"<main>{teasers}</main>" + FOOTER, head=head, language="de"),
        articles,
        [f"{site}/politik/inland/?seite=2"],
    )


def navigation_alone():
    """Nothing but menus, services and offers with long names."""
    offers = "".join(
        f'<a href="/{name}"><span>{text}</span></a>'
        for name, text in (
            ("contact", "How to reach the people who make this paper"),
            ("advertise", "Place an advertisement in the Gazette today"),
            ("terms-and-conditions", "The terms under which you may read us"),
            ("jobs", "Work with us: reporters and editors wanted"),
            ("faq", "Questions that our readers often ask us"),
        )
    )
    markup = (
        f'{menu()}<header><a href="/editions">All our editions and apps</a></header><main>{offers}</main>{FOOTER}'
    )
    return Front("https://empty.example/", page(markup), [])


def link_farm():
    """A few articles over a footer of several hundred names that look like headlines."""
    site = "https://farmed.example"
    paths = [f"/news/{slug(headline)}-{880100 + n}" for n, headline in enumerate(ENGLISH)]
    items = "".join(
        f'<li><h3><a href="{path}">{escape(headline)}</a></h3></li>'
        for path, headline in zip(paths, ENGLISH, strict=True)
    )
    places = ("Lendmouth", "Corran", "Skerry", "Wick", "Tarn")
    farm = "".join(
        f'<a href="/cheap-flights-from-{a.lower()}-to-{b.lower()}-{n}">'
        f"Cheap flights from {a} to {b} in week {n}</a>"
        for a in places
        for b in places
        for n in range(12)
    )
    markup = f'{menu()}<ul>{items}</ul><div class="footer-links">{farm}</div>{FOOTER}'
    return Front(f"{site}/", page(markup), [site + path for path in paths])


def tag_clouds():
    """A page of tags, topics, authors and searches, many of them several words long, and two articles."""
    site = "https://cloud.example"
    tags = "".join(
        f'<h4><a href="/{kind}/{slug(headline)}-{n}">{escape(headline)}</a></h4>'
        for kind in ("tag", "topics", "author", "search", "category")
        for n, headline in enumerate(ENGLISH * 4)
    )
    paths = [f"/2026/mar/02/{slug(headline)}" for headline in ENGLISH[:2]]
    items = "".join(
        f'<li><a href="{path}">{escape(headline)}</a></li>'
        for path, headline in zip(paths, ENGLISH[:2], strict=True)
    )
    return Front(f"{site}/", page(f"<div>{tags}</div><ul>{items}</ul>"), [site + path for path in paths])


FRONTS = {
    front.__name__: front()
    for front in (
        newspaper,
        numbered,
        japanese,
        chinese,
        russian,
        cards,
        blog,
        section_front,
        navigation_alone,
        link_farm,
        tag_clouds,
    )
}
