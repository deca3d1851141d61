"""Words by which lines are told that no reader calls the text, and notes that correct one.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Russian, Hindi; Chinese and
Japanese, which write no spaces, have patterns of their own. A language that is missing costs a revision that is
none, or a correction that is called an update; nothing is lost for it.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DATE_LABELS = _words(
    """
    publiziert publicerad publisert uppdaterad oppdatert updated update published posted modified edited revised
    created aktualisiert aktualisierung veröffentlicht erstellt geändert stand publié mis mise modifié actualisé
    publicado publicada actualizado actualizada actualización modificado pubblicato aggiornato aggiornamento
    modificato atualizado atualizada atualização gepubliceerd bijgewerkt geplaatst gewijzigd opublikowano
    zaktualizowano aktualizacja dodano yayınlanma yayınlandı güncelleme güncellenme güncellendi опубликовано
    обновлено изменено प्रकाशित अपडेट अपडेटेड अद्यतन
    """
)
"""One of these opens a date line."""

_GLUE = _words(
    """
    last first on at the of from since and as date time newest am um den der uhr vom zuletzt und letzte erstmals
    à le la jour dernière première fois et a las el los de del por última vez y hora fecha il alle ore dal
    ultima ultimo em às o última última vez op om uur het laatst voor eerst o godz godzinie dnia dn r ostatnia
    data son tarihi saat в от г последнее को बजे अंतिम पर st nd rd th er pm a m p publikacji kl
    """
)
_ZONES = _words(
    """
    gmt utc bst est edt cst cdt mst mdt pst pdt et ist cet cest mez mesz eet eest msk aest aedt jst hkt sgt wib
    z t h
    """
)
MOMENTS = _words(
    """
    now today yesterday gestern heute eben hier aujourd'hui hoy ayer oggi ieri hoje ontem vandaag gisteren dziś
    dzisiaj wczoraj bugün dün сегодня вчера आज कल
    """
)
THIS_ARTICLE = re.compile(
    r"^(?:this (?:article|story|page) (?:was|has been)|dieser (?:artikel|text|beitrag) wurde|cet article a été"
    r"|est[ea] (?:artículo|artigo|texto) (?:fue|foi)|questo articolo è stato|dit artikel (?:is|werd))\s"
)
"""What makes a sentence of a date line: "This article was updated on 3 May 2026". In canonical form."""

AGO = _words("ago vor hace fa há geleden temu önce назад पहले")
"""One of these makes a date of a number of units."""

UNITS = _words(
    """
    h m second seconds sec secs minute minutes min mins hour hours hr hrs day days week weeks month months
    sekunde sekunden minuten stunde stunden std tag tagen woche wochen seconde secondes heure heures jour jours
    semaine semaines mois segundo segundos minuto minutos hora horas día días semana semanas secondo secondi
    minuti ora ore giorno giorni settimana settimane dia dias uur uren dag dagen weken sekund sekundy minut
    minuty minutę godzin godziny godzinę dzień dni tygodnie saniye dakika dk saat gün hafta секунд секунды минут
    минуты минуту час часа часов день дня дней मिनट घंटे घंटा दिन
    """
)
SINCE = re.compile(r"\bil y a\b")
"""As the words of ``AGO``, in French."""

JUST_NOW = re.compile(
    r"(?:just now|gerade eben|à l instant|ahora mismo|proprio ora|agora mesmo|zojuist|только что|刚刚|たった今)$"
)

_ONES = _words("a an one einer einem un une una uno um uma een jedną jeden bir एक y an about etwa circa")
DATE_WORDS = DATE_LABELS | _GLUE | _ZONES | MOMENTS
AGO_WORDS = AGO | UNITS | _ONES | DATE_LABELS | _words("last on zuletzt il y a à")

WEEKDAYS = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun montag
    dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so lundi mardi mercredi
    jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì
    giovedì venerdì sabato domenica segunda terça quarta quinta sexta feira maandag dinsdag woensdag donderdag
    vrijdag zaterdag zondag poniedziałek wtorek środa czwartek piątek sobota niedziela pazartesi salı çarşamba
    perşembe cuma cumartesi pazar понедельник вторник среда четверг пятница суббота воскресенье सोमवार मंगलवार
    बुधवार गुरुवार शुक्रवार शनिवार रविवार
    """
)
MONTH_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "ru", "hi")

COUNTED = _words(
    """
    comment comments share shares view views like likes reaction reactions reply replies kommentar kommentare
    kommentaren aufrufe geteilt gelesen lesezeit lesedauer commentaire commentaires partage partages vues
    lecture comentario comentarios compartido compartidos lectura visitas commento commenti condivisioni
    visualizzazioni lettura comentário comentários compartilhamentos visualizações leitura reacties reactie
    leestijd gedeeld bekeken komentarz komentarze komentarzy udostępnień wyświetleń czytania yorum yorumlar
    görüntülenme okunma okuma paylaşım комментарий комментария комментариев просмотр просмотра просмотров чтения
    टिप्पणी टिप्पणियां टिप्पणियाँ व्यूज शेयर
    """
)
"""One of these is what a counter counts."""

COUNTER_WORDS = COUNTED | _words(
    """
    all lire les zu den read reads reading time min mins minute minutes total no mal minuten min. temps de
    minutos minuti tiempo tempo di veces volte vezes keer czas süresi dakika dk kez время минут мин मिनट k m tsd
    mil mio mln mrd bin тыс shared viewed aucun sin keine nessun sem geen brak
    """
)
READING = ("min read", "mins read", "minute read", "minutes read", "reading time", "read time")
"""What makes a counter of words that count nothing by themselves."""
COUNTER_SENTENCE = re.compile(
    r"(?:shared|viewed|read) [\d,.]+ ?[km]? times|[\d,.]+ people are (?:reading|viewing) this(?: (?:right )?now)?"
)
"""A whole line that counts, in words of which a sentence might be made; in canonical form."""

# In scripts without spaces: "更新时间:2026年5月3日 14:05", "5分前", "評論 12".
UNSPACED_DATE = re.compile(
    r"[(\[]*(?:(?:最終|最后|最後)?(?:更新|发布|發布|發佈|公開|投稿|配信|掲載|发表|编辑)"
    r"(?:日時|日期|时间|時間|日|于|於)?\s*:?\s*(?:\d[\d年月日号时時分秒:/.,\-\s()午前後上下]*|\d+\s*(?:秒|分钟|分鐘|分|小时|小時|時間|天|日)前)"
    r"|\d+\s*(?:秒|分钟|分鐘|分|小时|小時|時間|天|日)前(?:更新|发布|發布)?"
    r"|\d{4}年\d\d?月\d\d?日[\d时時分:\s]*(?:更新|发布|發布|公開|配信))[)\]]*"
)
_UNSPACED_COUNTED = "评论|評論|留言|コメント|阅读|閱讀|浏览|瀏覽|点赞|いいね|分享|シェア"
UNSPACED_COUNTER = re.compile(
    rf"(?:{_UNSPACED_COUNTED})(?:数|量|次数)?\s*[:(]?\s*[\d,.]+\s*[万萬億亿]?\s*[件条條次人]?\)?"
    rf"|[\d,.]+\s*[万萬億亿]?\s*[件条條次个個]?の?(?:{_UNSPACED_COUNTED})"
)

BYLINE = re.compile(r"(?:by|von|par|por|di|door|autor|yazan|автор)\b")
"""How a line begins that names the author, in canonical form; dates may follow behind commas."""

_RELATED = r"""
    read\ (?:also|more|next|on|this\ (?:also|next)) | also\ read | see\ also
    | top\ stories | latest\ (?:news|headlines|stories) | recommended\ (?:for\ you|reading|stories)
    | editor'?s'?\ picks | more\ (?:on\ this(?:\ (?:story|topic))?|from\ (?:this\ author|us|the\ web)|stories|news)
    | related(?:\ (?:stories|articles|news|links|topics|content|posts))?
    | you\ (?:may|might)\ also\ (?:like|be\ interested\ in)
    | (?:most\ (?:read|popular)|don'?t\ miss) | watch\ (?:also|more)
    | lesen\ sie\ (?:auch|mehr|hier) | mehr\ (?:zum\ thema|dazu|lesen) | auch\ interessant
    | (?:das\ könnte\ sie\ (?:auch\ )?interessieren|weitere\ (?:artikel|themen)|siehe\ auch|meistgelesen)
    | (?:à\ )?lire\ (?:aussi|également|plus) | sur\ le\ même\ (?:sujet|thème) | voir\ aussi | articles\ liés
    | (?:lea|lee|leer|le|ver|vea|mira)\ (?:también|más|además) | te\ puede\ interesar
    | (?:noticias|artículos)\ relacionad[ao]s | leggi\ (?:anche|tutto) | (?:articoli|notizie)\ correlat[ie]
    | potrebbe\ interessarti | (?:leia|veja)\ (?:também|mais) | (?:notícias|artigos)\ relacionad[ao]s
    | lees\ (?:ook|meer|verder) | (?:gerelateerde?\ (?:artikelen|berichten)|meer\ over\ dit\ onderwerp)
    | (?:czytaj|przeczytaj|zobacz)\ (?:też|także|również|więcej)
    | (?:ilgili\ haberler|bunları\ da\ okuyun|ayrıca\ okuyun) | (?:читайте|смотрите)\ (?:также|ещё) | по\ теме
    | यह\ भी\ पढ़ें | (?:ये|इसे)\ भी\ पढ़ें | संबंधित\ खबरें | 延伸阅读 | 延伸閱讀 | 相关(?:阅读|新闻|报道)
    | 相關(?:閱讀|新聞|報導) | 更多(?:新闻|报道) | 関連(?:記事|ニュース) | あわせて読みたい
"""
RELATED = re.compile(rf"(?:{_RELATED})\s*(?:$|[:>»|\u2013-]\s*)", re.VERBOSE)
"""How a line with a link to something else begins, in canonical form."""

SOCIAL = re.compile(
    r"""(?:
    share\ (?:this|on|via|article|story|with)\b.{0,60} | share | (?:follow|like|join|find)\ us\ on\ .*
    | be\ the\ first\ to\ (?:comment|reply|share).{0,40} | (?:leave|post|add)\ a\ comment
    | join\ the\ (?:conversation|discussion)(?:\ \(?[\d,.]+\)?)?
    | print(?:\ this(?:\ article)?)? | (?:©|\(c\)|copyright(?:\ ©)?)\ \d{4}\b.{0,80} | all\ rights\ reserved
    | alle\ rechte\ vorbehalten | tous\ droits\ réservés | todos\ los\ derechos\ reservados
    | tutti\ i\ diritti\ riservati | todos\ os\ direitos\ reservados
    | (?:subscribe|sign\ up)\ (?:to|for)\ (?:our|the|this)\ .{0,60}
      (?:newsletters?|channel|alerts?|briefing|podcast|updates).*
    | (?:(?:email|copy\ link|whatsapp|facebook|twitter|telegram|linkedin|x)(?:[\s,|/]+|$))+
    | advertisement | (?:artikel\ )?teilen(?:\ (?:auf|via|per)\ .*)? | anzeige | werbung
    | folgen\ sie\ uns\ (?:auf|bei)\ .* | (?:jetzt\ )?(?:unseren?\ )?newsletter\ (?:abonnieren|bestellen).*
    | abonnieren\ sie\ (?:unseren|den)\ .{0,40}newsletter.* | partager(?:\ (?:sur|cet\ article).*)?
    | suivez-nous\ sur\ .* | publicité
    | (?:abonnez|inscrivez)-vous\ à\ (?:notre|la)\ .{0,40}(?:newsletter|lettre).* | compartir(?:\ en\ .*)?
    | síguenos\ en\ .* | publicidad | suscríbe(?:te|ase)\ a\ .{0,40}(?:newsletter|boletín).*
    | condividi(?:\ su\ .*)? | seguici\ su\ .* | pubblicità | iscriviti\ alla\ .{0,40}newsletter.*
    | compartilh(?:e|ar)(?:\ (?:no|em)\ .*)? | siga-nos\ (?:no|em)\ .* | publicidade
    | (?:assine|inscreva-se\ n)a\ .{0,40}newsletter.* | (?:deel|delen)(?:\ (?:op|via|dit\ artikel).*)?
    | volg\ ons\ op\ .* | advertentie | (?:meld\ je\ aan|schrijf\ je\ in)\ voor\ .{0,40}nieuwsbrief.*
    | udostępnij(?:\ na\ .*)? | reklama | zapisz\ się\ (?:na|do)\ .{0,40}newslettera?.* | paylaş
    | bizi\ .{0,30}takip\ edin | reklam | поделиться(?:\ в\ .*)? | подпи(?:шитесь|сывайтесь)\ на\ наш.*
    | реклама | शेयर\ करें | विज्ञापन | (?:分享(?:到|至).{0,20}|广告|廣告|シェアする|広告|ツイート)
    )[\s.!:]*""",
    re.VERBOSE,
)
"""A whole line that asks to share, follow or subscribe, in canonical form."""

LIVE = re.compile(
    r"(?:as it happened|live(?: (?:updates?|blog|coverage|news|ticker))?|liveticker|latest(?: updates?)?"
    r"|breaking(?: news)?|video|watch|en direct|direct|en vivo|en directo|última hora"
    r"|ultim'ora|diretta|ao vivo|na żywo|canlı|онлайн|लाइव)"
)
"""A part of a headline that says how the page is kept up, in canonical form."""

_LABELS = r"""
    corrections? | clarifications? | (?:correction|clarification)s?\ (?:and|&)\ (?:correction|clarification)s?
    | erratum | errata | editor(?:'?s|s')?'?\ note | editorial\ note
    | note\ (?:to|from)\ (?:the\ )?(?:readers|editors?) | (?:anmerkung|hinweis)\ der\ redaktion
    | korrektur(?:hinweis)? | berichtigung | richtigstellung | klarstellung | anm\.?\ d\.?\ red\.?
    | rectificatif | rectification | précision | note\ de\ la\ rédaction | ndlr | correcci[oó]n
    | rectificaci[oó]n | aclaraci[oó]n | fe\ de\ (?:errores|erratas)
    | nota\ (?:del\ editor|de\ la\ redacción|de\ redacción) | rettifica | correzione | errata\ corrige
    | precisazione | nota\ della\ redazione | nota\ dell'editore | correção | correcção | erramos | retificação
    | esclarecimento | nota\ d[ao]\ (?:redação|editora?) | rectificatie | correctie | verbetering
    | verduidelijking | noot\ van\ de\ redactie | sprostowanie | korekta | od\ redakcji | düzeltme
    | editörün\ notu | editör\ notu | исправление | поправка | уточнение | опровержение
    | от\ редакции | примечание\ редакции | सुधार | भूल\ सुधार | शुद्धिपत्र | स्पष्टीकरण | संपादक\ की\ टिप्पणी
    | संपादकीय\ नोट | 更正(?:启事|啟事|声明)? | 勘误 | 勘誤 | 澄清 | 编者[按注] | 編者[按註] | 訂正
    | お詫びと訂正 | おわびと訂正 | 編集部注 | 編注
"""
_STATED = r"""
    (?:earlier|previous|original|prior)\ versions?\ of\ th(?:is|e)\ (?:article|story|report|headline|text)
    | (?:earlier|previous|original|prior)\ versions?
      \ (?:(?:had\ )?(?:incorrectly|wrongly|mistakenly|erroneously)|misstated|misspelled|misidentified)
    | we\ regret\ the\ errors? | we\ have\ (?:since\ )?corrected\ th(?:is|e)\ (?:article|story|report|text)
    | this\ (?:article|story|report|headline|post|page|piece|item|text)\ (?:has\ been|was|is)
      \ (?:since\ )?(?:corrected|amended|clarified)
    | this\ (?:article|story|report|piece|version)\ corrects\b | \(corrects\ .*\)$
    | in\ einer\ (?:früheren|vorherigen|ersten|älteren|ursprünglichen)\ (?:version|fassung)
    | (?:der|dieser)\ (?:artikel|text|beitrag)\ wurde\ (?:nachträglich\ )?(?:korrigiert|berichtigt)
    | une\ (?:première\ |précédente\ )?version\ (?:précédente\ |antérieure\ |initiale\ )?
      de\ c(?:et\ article|e\ texte)
    | cet\ article\ a\ été\ (?:corrigé|rectifié)
    | una\ versión\ (?:anterior|previa)\ de\ est[ea]\ (?:artículo|nota|noticia|texto)
    | este\ artículo\ ha\ sido\ corregid | una\ (?:precedente\ versione|versione\ precedente)\ di\ quest
    | questo\ articolo\ è\ stato\ (?:corretto|rettificato) | uma\ versão\ (?:anterior|prévia)\ dest
    | (?:esta\ reportagem|este\ texto|este\ artigo|esta\ matéria)\ foi\ corrigid
    | (?:in\ )?een\ eerdere\ versie\ (?:stond|van\ dit\ (?:artikel|bericht|stuk))
    | dit\ (?:artikel|bericht)\ is\ gecorrigeerd
    | w(?:e)?\ (?:wcześniejszej|poprzedniej|pierwotnej)\ wersji\ (?:artykułu|tekstu)
    | artykuł\ został\ poprawiony
    | (?:haberin|yazının|makalenin)\ (?:önceki|ilk)\ (?:sürümünde|versiyonunda|halinde)
    | bu\ haber\ düzeltilmiştir
    | в\ (?:предыдущей|первоначальной|более\ ранней|прежней)\ версии\ (?:этого\ )?
      (?:материала|текста|статьи|новости)
    | इस\ (?:लेख|खबर|रिपोर्ट)\ के\ पिछले\ संस्करण | 本文(?:早前|之前|先前|此前)(?:版本)? | 此前版本
    | 当初の(?:記事|見出し|本文) | 記事を訂正
"""
# A label stands alone, or with a date, before a mark or the end: "correction officers" is none.
CORRECTION_LABEL = re.compile(
    rf"""[\s(\[*\u2022]*(?:{_LABELS})
    (?:\s*[.]\s|(?:[\s,(\[]+(?=[^:]{{0,30}}\d)[^:!?]{{1,36}}?)?[)\]]*\s*(?:$|[:\]]|-\s))""",
    re.VERBOSE,
)
CORRECTION_STATED = re.compile(rf"(?:{_STATED})", re.VERBOSE)
_CORRECTED = (
    "corrected|correction|korrigiert|berichtigt|corrigé|corregido|corretto|corrigido|gecorrigeerd|исправлено"
    "|更正|訂正"
)
CORRECTED_HEADLINE = re.compile(rf"[(\[]?(?:{_CORRECTED})\b[)\]:\s-]|.*[(\[](?:{_CORRECTED})[)\]]$")

TURNING = _words(
    """
    no not never none nor now nothing nobody without cannot can't isn't aren't wasn't weren't won't don't
    doesn't didn't yes one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    million billion trillion hundreds thousands millions billions first second third fourth fifth sixth ninth
    nicht nie kein keine keinen keiner keinem ohne ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    hundert tausend million millionen milliarde milliarden pas ne non jamais sans deux trois quatre cinq six
    sept huit neuf dix cent mille millions milliard milliards sin nunca jamás dos tres cuatro cinco seis siete
    ocho nueve diez cien mil millones mai senza due quattro sei sette otto nove dieci cento milioni miliardi não
    sem dois três quatro sete oito dez milhão milhões bilhão bilhões niet geen nooit zonder twee drie vijf zes
    zeven negen tien honderd duizend miljoen miljard nie nigdy bez dwa trzy cztery pięć sześć siedem osiem
    dziewięć dziesięć sto tysiąc milion miliard değil yok iki üç dört beş altı yedi sekiz dokuz bin milyon
    milyar не нет никогда без два три четыре пять шесть семь восемь девять десять сто тысяч миллион миллиард नहीं
    न मत दो तीन चार पांच छह सात आठ नौ दस सौ हजार लाख करोड़ ليس لا لم لن
    """
)
"""A slip of the pen that makes another word of these, or one of these of another word, turns what is said."""

MISTAKEN = frozenset(map(frozenset, (("a", "an"), ("their", "there"), ("affect", "effect"))))
"""Words that are mistaken for one another, although more than a letter is different."""

TURNING_CHARACTERS = frozenset(
    "不没沒無无非未否勿别莫一二三四五六七八九十百千万萬亿億兆零〇两半男女父母上下前後后左右東东西南北大小多少加減减増增"
)

LITTLE = _words(
    """
    a an the of to in on at and is der die das dem den des ein eine einen zu und von le la les l' un une de du
    des et à el los las una y en il lo i gli di e o os as um uma do da het een van w z na się и в на
    """
)
"""A missing one is put in, a double one taken out, without another thing being said."""

# Characters of one sound that are mistaken for one another at the keyboard.
CONFUSED = (
    "的地得",
    "在再",
    "做作",
    "已己以",
    "象像",
    "他她它",
    "哪那",
    "帐账",
    "份分",
    "即既",
    "座坐",
    "记纪",
    "決决",
)
