"""What counts as an edit, of which kind, and what a reader is shown of it."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.edits import EditKind, Seen, compare, kind_of_edit
from crawler.ingestion.edits.aligning import changes
from tests.support import prose

MORNING = datetime(2026, 5, 3, 7, 0, tzinfo=UTC)
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)

HEADLINE = "Evening ferry sails again"
BODY = prose.ENGLISH[:4]


def kind(before, after, *, dates=(None, None), headlines=(HEADLINE, HEADLINE), language=None):
    """What became of a body, given as lines."""
    seen = [
        Seen(headline, body if isinstance(body, str) else "\n".join(body), date, language)
        for headline, body, date in zip(headlines, (before, after), dates, strict=True)
    ]
    return kind_of_edit(*seen)


NOISE = [
    "Updated 14:05", "Published 3 May 2026", "Last updated on Sunday, May 3, 2026 at 2:05 pm EDT", "5 minutes ago",
    "Updated 2 hours ago", "Updated just now", "12 comments", "No comments", "5 min read",
    "Reading time: 3 minutes",
    "3,210 views", "Read also: Bridge reopens after 11 weeks", "More on this", "Related stories",
    "Share on Facebook",
    "Share this article", "Sign up for our newsletter", "Follow us on Telegram", "Advertisement",
    "Aktualisiert am 3. Mai 2026 um 14:05 Uhr", "Stand: 03.05.2026, 14:05 Uhr", "vor 5 Minuten",
    "vor einer Stunde",
    "1.234 mal geteilt", "12 Kommentare", "Lesezeit: 4 Minuten", "Lesen Sie auch: Brücke wieder offen",
    "Lesen Sie auch", "Mehr zum Thema", "Artikel teilen",
    "Publié le 3 mai 2026 à 14h05", "Mis à jour le 3 mai 2026 à 14h05", "il y a 5 minutes", "12 commentaires",
    "Temps de lecture : 3 minutes", "À lire aussi : le pont rouvre", "Partager sur Facebook",
    "Publicado el 3 de mayo de 2026", "Actualizado a las 14:05", "hace 5 minutos", "12 comentarios",
    "Lea también: reabre el puente", "Compartir en Facebook",
    "Pubblicato il 3 maggio 2026 alle 14:05", "Ultimo aggiornamento: 14:05", "5 minuti fa", "12 commenti",
    "Leggi anche: il ponte riapre", "Tempo di lettura: 3 minuti",
    "Publicado em 3 de maio de 2026 às 14h05", "Atualizado em 03/05/2026", "há 5 minutos", "12 comentários",
    "Leia também: ponte reabre",
    "Gepubliceerd op 3 mei 2026", "Bijgewerkt om 14:05", "5 minuten geleden", "12 reacties", "Lees ook: brug open",
    "Opublikowano 3 maja 2026", "Aktualizacja: 14:05", "5 minut temu", "12 komentarzy", "Czytaj też: most otwarty",
    "Güncelleme: 3 Mayıs 2026 14:05", "5 dakika önce", "12 yorum", "Ayrıca okuyun: köprü açıldı",
    "Опубликовано 3 мая 2026 в 14:05", "Обновлено в 14:05", "5 минут назад", "12 комментариев",
    "Читайте также: мост открыт",
    "प्रकाशित 3 मई 2026", "5 मिनट पहले", "12 टिप्पणियां", "यह भी पढ़ें: पुल खुला",
    "更新时间:2026年5月3日 14:05", "5分钟前", "评论 12", "延伸阅读:大桥重开",
    "更新 2026年5月3日 14時05分", "5分前", "コメント 12件", "関連記事:橋が再開",
    "By Asha Rao | Updated 14:05 | 12 comments", "By Asha Rao, 3 May 2026, 14:05",
    "This article was last updated on 3 May 2026.", "© 2026 The Gazette. All rights reserved.", "Latest headlines",
    "3h ago", "All Comments 4", "Publiziert: 01.07.2023, 11:16", "Shared 1,204 times",
    "128 people are reading this right now", "Yesterday at 14:05", "As of 14:05", "gestern, 14:05 Uhr",
    "Be the first to comment", "Join the conversation (12)",
]  # fmt: skip


@pytest.mark.parametrize("line", NOISE)
def test_what_no_reader_calls_the_text_makes_no_edit(line):
    """A date, a counter, a link or a button that comes, goes or changes leaves the page unchanged."""
    bare = "By Asha Rao" if line.startswith("By") else None
    other = re.sub(r"\d(?=\D*$)", "7", line)
    before = [bare, *BODY] if bare else BODY
    assert kind(before, [line, *BODY]) is None
    assert kind([line, *BODY], before) is None
    assert kind([*BODY, line], [*BODY, other]) is None


@pytest.mark.parametrize(
    "headline", [f"{HEADLINE} | Live updates", f"{HEADLINE} - 12 comments", f"{HEADLINE} – live"]
)
def test_the_state_of_a_page_is_no_headline(headline):
    """What is hung behind a headline to say how the page is kept up makes no edit."""
    assert kind(BODY, BODY, headlines=(HEADLINE, headline)) is None


def test_links_below_the_text_make_no_edit():
    """The headlines under "More on this" at the end of a page may change; what ends it as text may not."""
    links = ["More on this", "Bridge reopens after eleven weeks", "Who pays for the quay?"]
    others = ["More on this", "Night buses to the fish market"]
    assert kind([*BODY, *links], [*BODY, *others]) is None
    assert kind([*BODY, *links], [*BODY, "More on this", "The mayor has resigned."]) is EditKind.UPDATE


EDITS = [
    ("The ferry carried 12 people.", "The ferry carried 13 people."),
    ("It sails at 14:05 from Lendmouth.", "It sails at 14:15 from Lendmouth."),
    ("On 3 May 2026 the council met.", "On 4 May 2026 the council met."),
    ("12 comments were read out.", "13 comments were read out."),
    ("5 minutes ago the ferry left.", "6 minutes ago the ferry left."),
    ("Readers shared 12 views.", "Readers shared 13 views."),
    ("He was updated at 14:05.", "He was updated at 14:06."),
    ("Just 5 minutes", "Just 6 minutes"),
    ("Il giorno 5", "Il giorno 6"),
    ("The story was published on 3 May 2026.", "The story was published on 4 May 2026."),
    ("Read also the report, which found 5 cracks.", "Read also the report, which found 6 cracks."),
    ("Vor 5 Minuten sank die Fähre.", "Vor 6 Minuten sank die Fähre."),
    ("Il y a 5 minutes, le bac a coulé.", "Il y a 6 minutes, le bac a coulé."),
    ("5 минут назад паром ушёл.", "6 минут назад паром ушёл."),
    ("5分前にフェリーが出た。", "6分前にフェリーが出た。"),
]


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_a_changed_number_in_a_sentence_is_an_edit(old, new):
    """However much a sentence looks like a date or a counter, it is text; and a number is no typo."""
    assert kind([*BODY, old, *BODY], [*BODY, new, *BODY]) is EditKind.UPDATE


@given(
    st.sampled_from([*prose.ENGLISH, *prose.GERMAN, *prose.RUSSIAN, *prose.HINDI, *prose.JAPANESE, *prose.ARABIC]),
    st.integers(0, 9),
    st.integers(1, 9),
    st.data(),
)
def test_no_digit_of_a_sentence_is_noise(sentence, digit, step, data):
    """Wherever a digit stands in a sentence, another in its place is an edit, and no typo."""
    at = data.draw(st.integers(0, len(sentence)))
    old, new = (f"{sentence[:at]}{number}{sentence[at:]}" for number in (digit, (digit + step) % 10))
    assert kind([*BODY, old], [*BODY, new]) is EditKind.UPDATE


def test_a_chronicle_is_dated():
    """A date alone between paragraphs says when what follows happened: it is text."""
    before = [*BODY, "3 May 2026", *BODY]
    assert kind(before, [line.replace("3 May", "4 May") for line in before]) is EditKind.UPDATE


def test_a_body_of_noise_alone_is_compared_as_it_is():
    """Where nothing else is left, what looks like noise is all the text there is."""
    assert kind(["5 minutes ago"], ["6 minutes ago"]) is EditKind.UPDATE


TYPOS = [
    ("en", "Teh ferry sails again.", "The ferry sails again."),
    ("en", "The goverment pays.", "The government pays."),
    ("en", "The ferry sails sails again.", "The ferry sails again."),
    ("en", "The ferry sails again", "The ferry sails again."),
    ("en", "It will recieve a seperate berth, too.", "It will receive a separate berth, too."),
    ("en", "The ferry, sails again.", "The ferry sails again."),
    ("en", "The ferry sails alot.", "The ferry sails a lot."),
    ("en", "It went the quay.", "It went to the quay."),
    ("en", "It sails at 5pm.", "It sails at 5 pm."),
    ("en", "Captain Ines Vagra said so.", "Captain Ines Varga said so."),
    ("en", "Its late, isnt it?", "It's late, isn't it?"),
    ("en", "All of there tickets effect the fare.", "All of their tickets affect the fare."),
    ("de", "Der Bürgermiester schweigt.", "Der Bürgermeister schweigt."),
    ("de", "Das Schif fährt.", "Das Schiff fährt."),
    ("de", "Sie sprach mit dem Stadtrad.", "Sie sprach mit dem Stadtrat."),
    ("fr", "Le bac a ete repare.", "Le bac a été réparé."),
    ("fr", "La traverssée est courte.", "La traversée est courte."),
    ("es", "El ayuntameinto aprobó el dinero.", "El ayuntamiento aprobó el dinero."),
    ("it", "Il traghetto é tornato.", "Il traghetto è tornato."),
    ("pt", "O govreno pagou.", "O governo pagou."),
    ("nl", "De veerboot vaart wer.", "De veerboot vaart weer."),
    ("pl", "Prom znowu plywa.", "Prom znowu pływa."),
    ("tr", "Belediye baskanı konuştu.", "Belediye başkanı konuştu."),
    ("ru", "Паром сонва ходит.", "Паром снова ходит."),
    ("ru", "Вечерний пароом ходит.", "Вечерний паром ходит."),
    ("hi", "शाम की नौकाा चलने लगी है।", "शाम की नौका चलने लगी है।"),
    ("zh", "渡轮重新新开航。", "渡轮重新开航。"),
    ("zh", "渡轮重开新航。", "渡轮重新开航。"),
    ("zh", "他跑的很快。", "他跑得很快。"),
    ("ja", "フェリーが運航を再開たし。", "フェリーが運航を再開した。"),
    ("ja", "フェリーがが再開した。", "フェリーが再開した。"),
    ("th", "เรือข้ามฟากกกลับมา", "เรือข้ามฟากกลับมา"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "old", "new"), TYPOS)
@pytest.mark.parametrize("dates", [(None, None), (MORNING, MORNING), (MORNING, NOON)])
def test_a_typo_is_one_whatever_the_dates_say(language, old, new, dates):
    """Spelling, punctuation and spacing put right: the text says what it said."""
    assert kind([*BODY, old], [*BODY, new], dates=dates, language=language) is EditKind.TYPO


NO_TYPOS = [
    ("en", "The ferry is late.", "The ferry is not late."),
    ("en", "He did steal it.", "He didn't steal it."),
    ("en", "It is now closed.", "It is not closed."),
    ("en", "It cost a million.", "It cost a billion."),
    ("en", "It cost 1.5 million.", "It cost 15 million."),
    ("en", "It rose by 5%.", "It rose by 5."),
    ("en", "It cost $5.", "It cost €5."),
    ("en", "It was -5 degrees.", "It was 5 degrees."),
    ("en", "Mayor Anna Smith spoke.", "Mayor Anna Jones spoke."),
    ("en", "The talks with Iran ended.", "The talks with Iraq ended."),
    ("en", "The legal step.", "The illegal step."),
    ("en", "She said he paid.", "She said she paid."),
    ("en", "Imports increased again.", "Imports decreased again."),
    ("en", "Two were hurt.", "Ten were hurt."),
    ("en", "He was found guilty.", "He was found innocent."),
    ("de", "Das ist ein Erfolg.", "Das ist kein Erfolg."),
    ("de", "Er hat bezahlt.", "Er hat nicht bezahlt."),
    ("fr", "Il est venu.", "Il n'est pas venu."),
    ("es", "El alcalde pagó.", "El alcalde no pagó."),
    ("ru", "Он заплатил.", "Он не заплатил."),
    ("hi", "उसने भुगतान किया।", "उसने भुगतान नहीं किया।"),
    ("zh", "市长同意。", "市长不同意。"),
    ("zh", "三人受伤。", "五人受伤。"),
    ("zh", "他去了东京。", "他去了北京。"),
    ("ja", "市長は認めた。", "市長は認めなかった。"),
]


@pytest.mark.parametrize(("language", "old", "new"), NO_TYPOS)
def test_what_says_something_else_is_no_typo(language, old, new):
    """A number, a negation, another name: few letters, and another message."""
    assert kind([*BODY, old], [*BODY, new], language=language) is EditKind.UPDATE


CORRECTIONS = [
    "Correction: an earlier version gave the wrong year.", "Correction (3 May 2026): The year was wrong.",
    "CORRECTION, May 3, 2026: The year was wrong.", "Clarification: The fare is for adults.",
    "Editor's note: The fare has been corrected.", "Editor’s Note — the fare was wrong",
    "This article was amended on 3 May 2026 to correct the fare.",
    "An earlier version of this article misspelled the captain's name.",
    "The fare is four pounds. A previous version of this story said five.",
    "An earlier version incorrectly stated the fare. We regret the error.",
    "An earlier version misspelled her name.",
    "We have corrected this article: the fare is four pounds.",
    "Korrektur: Die Überfahrt kostet vier Pfund.", "Anmerkung der Redaktion: Der Preis wurde berichtigt.",
    "In einer früheren Version dieses Textes stand ein falscher Preis.",
    "Rectificatif : le prix est de quatre livres.", "Une version précédente de cet article donnait un autre prix.",
    "Note de la rédaction : le prix a été corrigé.",
    "Corrección: el precio es de cuatro libras.", "Una versión anterior de este artículo daba otro precio.",
    "Fe de errores: el precio es otro.", "Errata corrige: il prezzo è di quattro sterline.",
    "Una versione precedente di questo articolo riportava un altro prezzo.",
    "Correção: o preço é de quatro libras.", "Uma versão anterior desta reportagem dava outro preço.",
    "Rectificatie: de prijs is vier pond.", "In een eerdere versie van dit artikel stond een andere prijs.",
    "Sprostowanie: cena to cztery funty.", "We wcześniejszej wersji artykułu podano inną cenę.",
    "Düzeltme: Ücret dört sterlin.", "Haberin önceki sürümünde ücret yanlıştı.",
    "Исправление: цена четыре фунта.", "В предыдущей версии материала была указана другая цена.",
    "भूल सुधार: किराया चार पाउंड है।", "更正:票价为四英镑。", "編集部注:運賃を訂正しました。",
    "訂正:運賃は四ポンドです。",
]  # fmt: skip


@pytest.mark.parametrize("note", CORRECTIONS)
@pytest.mark.parametrize("dates", [(None, None), (MORNING, MORNING)])
def test_a_stated_correction_is_never_stealth(note, dates):
    """A note that was added or changed makes a correction, with whatever else changed, whatever the dates say."""
    assert kind(BODY, [*BODY, note], dates=dates) is EditKind.CORRECTION
    assert kind(BODY, [note, *BODY[1:], "Fares rise by 12 pence."], dates=dates) is EditKind.CORRECTION
    one_line = " ".join(BODY)
    if not re.search(":|—", note):
        assert kind(one_line, f"{one_line} {note}", dates=dates) is EditKind.CORRECTION
    assert kind([*BODY, note], [*BODY, note, "Fares rise by 12 pence."]) is EditKind.UPDATE


@pytest.mark.parametrize(
    "line",
    [
        "Correction officers went on strike.",
        "The correction of markets goes on.",
        "Corrections were asked for.",
        "Earlier versions of the bill passed twice.",
        "We have corrected the markings, the pilot said.",
    ],
)
def test_a_sentence_about_corrections_is_none(line):
    """Only a note that corrects this article is a correction."""
    assert kind(BODY, [*BODY, line]) is EditKind.UPDATE


def test_a_headline_may_say_that_it_was_corrected():
    """News agencies mark the headline."""
    assert kind(BODY, BODY, headlines=(HEADLINE, f"CORRECTED-{HEADLINE}")) is EditKind.CORRECTION
    assert kind(BODY, BODY, headlines=(HEADLINE, f"{HEADLINE} (corrected)")) is EditKind.CORRECTION


@pytest.mark.parametrize("dates", [(None, None), (MORNING, MORNING), (MORNING, NOON)])
def test_a_headline_that_changed_alone(dates):
    """Another headline over the same text is that, whatever the dates say; noise beside it does not count."""
    headlines = (HEADLINE, "Islanders have their ferry back")
    assert kind(BODY, BODY, headlines=headlines, dates=dates) is EditKind.HEADLINE
    assert kind(BODY, [*BODY, "12 comments"], headlines=headlines, dates=dates) is EditKind.HEADLINE


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((MORNING, MORNING), EditKind.STEALTH),
        ((MORNING, NOON), EditKind.UPDATE),
        ((None, None), EditKind.UPDATE),
        ((None, MORNING), EditKind.UPDATE),
        ((MORNING, None), EditKind.UPDATE),
    ],
)
def test_a_text_that_changed_behind_its_date_is_stealth(dates, expected):
    """The page says when it changed last, and says the same after it changed; what says nothing hides nothing."""
    assert kind(BODY, [*BODY, "Fares rise."], dates=dates) is expected
    headlines = (HEADLINE, "Islanders have their ferry back")
    assert kind(BODY, [*BODY, "Fares rise."], dates=dates, headlines=headlines) is expected


def sides(ops):
    return tuple("".join(op.text for op in ops if op.op != other) for other in ("insert", "delete"))


TEXTS = st.one_of(
    st.text(alphabet="ab c\n.1", max_size=60),
    st.text(max_size=40),
    st.lists(st.sampled_from([*prose.ENGLISH, *prose.THAI]), max_size=6).map("\n".join),
)


@given(TEXTS, TEXTS)
def test_a_difference_holds_both_texts(before, after):
    """Both sides can be read off, each paragraph with its newline."""
    assert sides(compare(before, after)) == tuple(f"{text}\n" if text else "" for text in (before, after))


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_changes_make_one_sequence_of_the_other(before, after):
    """What is not named as changed is the same on both sides."""
    made, at = [], 0
    for change in changes(before, after):
        made += before[at : change.start] + after[change.other_start : change.other_end]
        at = change.end
    assert made + before[at:] == after


def marked(before, after):
    signs = {"equal": ("", ""), "delete": ("[-", "-]"), "insert": ("{+", "+}")}
    return "".join(f"{signs[op.op][0]}{op.text}{signs[op.op][1]}" for op in compare(before, after)).rstrip("\n")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("It reopened on Monday.", "It reopened on Tuesday.", "It reopened on [-Monday-]{+Tuesday+}."),
        ("1,234 came.", "1,243 came.", "[-1,234-]{+1,243+} came."),
        ("渡轮重开", "渡轮再开", "渡轮[-重-]{+再+}开"),
        ("フェリー運休", "フェリー再開", "フェリー[-運休-]{+再開+}"),
        ("नौका चली।", "नौकाएं चली।", "[-नौका-]{+नौकाएं+} चली।"),
        ("a\nb", "a\nnew\nb", "a\n{+new\n+}b"),
        (
            "The old council of town said no.",
            "A new mayor and his friends of both parties agreed at last.",
            "[-The old council of town said no-]{+A new mayor and his friends of both parties agreed at last+}.",
        ),
    ],
)
def test_differences_are_words(before, after, expected):
    """Words and numbers are replaced whole; characters in scripts without spaces; no crumbs are left between."""
    assert marked(before, after) == expected


def test_large_texts_are_compared_to_their_end():
    """Texts of a megabyte, alike or not, in lines or in one, are compared, and both can be read off."""
    lines = prose.text(prose.ENGLISH, 12_000).split(". ")
    edited = [line.replace("ferry", "boat") if number % 50 == 0 else line for number, line in enumerate(lines)]
    for joint in ("\n", " "):
        before, after = joint.join(lines), joint.join(edited)
        assert sides(compare(before, after)) == (f"{before}\n", f"{after}\n")
        assert kind(before, after) is EditKind.UPDATE
