"""What words mean under links, in the languages that news is published in.

None of them decides alone: a language that is missing costs one piece of evidence among many.
"""

import re

# Arrows, dots and counts around the words: "12 comments", "Read more \u2192"
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|"))


_SAYS_NOTHING = _phrases(
    """
    read more | more | read | learn more | show more | see more | see all | view all | view more | find out more
    read the full story | read full story | full story | read article | read the article | article | story
    continue reading | click here | details | watch | watch video
    video | photo | photos | gallery | image | picture
    comment | comments | view comments | add comment | leave a comment
    share | permalink | thumbnail | next | previous
    mehr | mehr lesen | mehr erfahren | weiterlesen | weiter lesen | jetzt lesen | zum artikel | artikel lesen
    lire la suite | lire plus | lire l'article | en savoir plus | suite
    leer más | seguir leyendo | ver más | leia mais | saiba mais | ver mais
    leggi tutto | leggi di più | continua | continua a leggere | lees meer | lees verder
    läs mer | les mer | læs mere | lue lisää | czytaj więcej | czytaj dalej | více | číst dále | tovább
    читать далее | читать полностью | далее | подробнее | детальніше | читати далі
    続きを読む | もっと見る | 記事を読む | 阅读全文 | 查看更多 | 更多 | 詳細 | 閱讀更多 | 더보기 | 자세히 보기
    اقرأ المزيد | المزيد | קרא עוד | और पढ़ें
    """
)

_LEADS_ON = _phrases(
    """
    next | next page | older | older posts | older entries | older articles | older stories | older news
    previous posts | previous entries | more posts | more stories
    more articles | more news | load more | show more
    weiter | nächste | nächste seite | ältere
    ältere beiträge | ältere artikel | ältere einträge | ältere meldungen
    suivant | suivante | page suivante | plus anciens | articles plus anciens
    siguiente | página siguiente | entradas antiguas | entradas anteriores | más antiguas | más noticias
    próxima | próxima página | seguinte | mais antigas | postagens mais antigas | mais notícias
    successiva | successivo | pagina successiva
    articoli precedenti | volgende | volgende pagina | oudere berichten
    nästa | nästa sida | äldre inlägg | neste | neste side
    eldre innlegg | næste | næste side | ældre indlæg | seuraava
    następna | następna strona | starsze wpisy | další | další stránka | starší příspěvky | ďalšia
    következő | régebbi bejegyzések | următoarea | mai vechi | sonraki | sonraki sayfa | daha eski
    berikutnya | selanjutnya | halaman berikutnya | trang sau | tiếp
    следующая | следующая страница | дальше | раньше
    ещё новости | показать ещё | показать еще | наступна | давніші
    επόμενη | παλαιότερα | 下一页 | 下一頁 | 较早文章 | 次へ | 次のページ | 前の記事 | 다음 | 다음 페이지 | 이전 글
    التالي | الصفحة التالية | أقدم | הבא | अगला | ถัดไป | بعدی
    """
)


def says_nothing(text: str) -> bool:
    """Tell whether what stands under a link is "read more", in one language or another, or no word at all."""
    said = _bare(text)
    return not said or said in _SAYS_NOTHING


def leads_on(text: str) -> bool:
    """Tell whether what stands under a link promises the next, older page of a list."""
    return _bare(text) in _LEADS_ON


def _bare(text: str) -> str:
    return _AROUND.sub("", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
