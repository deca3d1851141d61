import pytest

from crawler.extraction.claims.claims import Claims
from crawler.extraction.fields.language import choose_language, detect
from tests.support.articles import BODY, MARKUP, article, page

# The same two sentences or so: the ferry is running again, the captain is glad, tickets cost what they did.
TEXTS = {
    "en": BODY,
    "de": (
        "Die Fähre fährt seit Montag wieder, und die Leute auf den Inseln sind froh darüber. Der Kapitän"
        " sagte, dass die Karten nicht teurer werden und dass es im Winter einen neuen Fahrplan für alle"
        " geben wird."
    ),
    "fr": (
        "Le bac circule de nouveau depuis lundi et les habitants des îles en sont heureux. Le capitaine a"
        " dit que les billets ne seront pas plus chers et qu'il y aura un nouvel horaire pour tous cet"
        " hiver."
    ),
    "es": (
        "El transbordador vuelve a navegar desde el lunes y los vecinos de las islas están contentos. El"
        " capitán dijo que los billetes no serán más caros y que habrá un nuevo horario para todos en el"
        " invierno."
    ),
    "pt": (
        "A balsa voltou a navegar na segunda-feira e os moradores das ilhas estão contentes. O capitão"
        " disse que os bilhetes não vão ficar mais caros e que no inverno haverá um novo horário para"
        " todos."
    ),
    "it": (
        "Il traghetto è tornato a navigare da lunedì e gli abitanti delle isole sono contenti. Il capitano"
        " ha detto che i biglietti non saranno più cari e che in inverno ci sarà un nuovo orario per tutti."
    ),
    "nl": (
        "De veerboot vaart sinds maandag weer en de bewoners van de eilanden zijn er blij mee. De kapitein"
        " zei dat de kaartjes niet duurder worden en dat er in de winter een nieuwe dienstregeling komt"
        " voor iedereen."
    ),
    "sv": (
        "Färjan går igen sedan i måndags och de som bor på öarna är glada för det. Kaptenen sade att"
        " biljetterna inte ska bli dyrare och att det kommer en ny tidtabell för alla till vintern."
    ),
    "da": (
        "Færgen sejler igen efter mandag, og folk på øerne er glade for det. Kaptajnen sagde, at"
        " billetterne ikke bliver dyrere, og at der kommer en ny køreplan for alle til vinter, hvad mange"
        " også havde håbet meget på."
    ),
    "no": (
        "Ferja går igjen etter mandag, og folk på øyene er glade for det. Kapteinen sa at billettene ikke"
        " blir dyrere, og at det kommer en ny rutetabell for alle til vinteren, noe mange også hadde håpet"
        " mye på."
    ),
    "pl": (
        "Prom znów kursuje od poniedziałku i mieszkańcy wysp bardzo się z tego cieszą. Kapitan powiedział,"
        " że bilety nie będą droższe oraz że w zimie dla wszystkich jest przygotowany nowy rozkład, który"
        " ma być lepszy."
    ),
    "cs": (
        "Přívoz od pondělí opět jezdí a lidé na ostrovech jsou za to rádi. Kapitán řekl, že lístky nebudou"
        " dražší a že v zimě bude pro všechny nový jízdní řád, který by měl být lepší než ten, který je"
        " nyní."
    ),
    "tr": (
        "Vapur pazartesi gününden bu yana yeniden çalışıyor ve adalarda oturanlar bu durum için çok mutlu."
        " Kaptan, biletlerin daha pahalı olmayacağını ve kış için yeni bir tarife ile herkes için iyi"
        " olacağını söyledi."
    ),
    "sw": (
        "Kivuko kimeanza tena safari zake tangu siku ya Jumatatu na watu wa visiwa wamefurahi sana kwa"
        " hilo. Nahodha alisema kuwa bei ya tiketi ni ile ile na kwamba kutakuwa na ratiba mpya kwa ajili"
        " ya watu wote katika msimu huo."
    ),
    "zu": (
        "Isikebhe siqale ukuhamba futhi kusukela ngoMsombuluko kanti abantu abahlala eziqhingini bajabule"
        " kakhulu. Ukapteni uthe amathikithi ngeke akhuphuke ngoba umkhandlu uthe akube njalo, kodwa kuzoba"
        " khona uhlelo olusha ukuze wonke umuntu ahambe kahle, kanye nabafundi uma sebeya esikoleni."
    ),
    "ru": (
        "Паром снова ходит с понедельника, и жители островов этому рады. Капитан сказал, что билеты не"
        " станут дороже и что зимой для всех будет новое расписание, как это было и раньше."
    ),
    "uk": (
        "Пором знову ходить з понеділка, і мешканці островів цьому раді. Капітан сказав, що квитки не"
        " стануть дорожчими і що взимку для всіх буде новий розклад, як це було також і раніше."
    ),
    "ar": (
        "عادت العبارة إلى العمل منذ يوم الاثنين وفرح بذلك سكان الجزر. وقال القبطان إن التذاكر لن تكون أغلى"
        " من قبل وإن هناك جدولا جديدا في الشتاء على أن يكون مناسبا للجميع."
    ),
    "fa": (
        "کشتی از روز دوشنبه دوباره کار می‌کند و مردم جزیره‌ها از این خوشحال هستند. ناخدا گفت که بلیت‌ها"
        " گران‌تر نمی‌شود و در زمستان برنامهٔ تازه‌ای برای همه خواهد بود که با آن راه کوتاه‌تر است."
    ),
    "hi": (
        "नाव सोमवार से फिर चल रही है और द्वीपों के लोग इससे खुश हैं। कप्तान ने कहा कि टिकट महँगे नहीं होंगे"
        " और सर्दियों में सबके लिए नई समय सारणी होगी।"
    ),
    "he": "המעבורת חזרה לפעול מאז יום שני ותושבי האיים שמחים על כך. הקברניט אמר שהכרטיסים לא יתייקרו.",
    "el": "Το πλοίο ταξιδεύει ξανά από τη Δευτέρα και οι κάτοικοι των νησιών είναι χαρούμενοι.",
    "th": ("เรือข้ามฟากกลับมาให้บริการอีกครั้งตั้งแต่วันจันทร์ และชาวเกาะต่างดีใจ กัปตันกล่าวว่าค่าโดยสารจะไม่แพงขึ้น"),
    "ja": (
        "夕方のフェリーは十一週間ぶりに運航を再開し、最初の便は満席だった。船長は運賃は春まで変わらないと話した。"
    ),
    "zh": "傍晚的渡轮在停航十一周后恢复运行。首班船座无虚席。船长说票价到春天不变。",
    "ko": (
        "저녁 여객선이 열한 주 만에 다시 운항을 시작했으며 섬 주민들은 기뻐했다. 선장은 요금이 그대로라고 말했다."
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_undeclared(language):
    """The text tells its language where the page declares none, by its script and its function words."""
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_wrongly_declared(language):
    """A template that declares English does not make the text English; nor does another language's template."""
    assert choose_language([Claims("html", in_language="en-GB")], TEXTS[language]) == (language, "derived")
    other = "ru" if language != "ru" else "ar"
    assert choose_language([Claims("html", in_language=other)], TEXTS[language]) == (language, "derived")


@pytest.mark.parametrize("language", TEXTS)
def test_rightly_declared(language):
    """A declaration that the text bears out is kept, with its origin."""
    claims = [Claims("html"), Claims("json_ld", in_language=language.upper())]
    assert choose_language(claims, TEXTS[language]) == (language, "json_ld")


@pytest.mark.parametrize(
    ("tag", "text", "language"),
    [
        ("nb-NO", TEXTS["no"], "no"),
        ("iw", TEXTS["he"], "he"),
        ("in-ID", "Kapal feri kembali berlayar sejak hari Senin dan warga di pulau itu merasa senang.", "id"),
        ("zh-Hans-CN", TEXTS["zh"], "zh"),
        ("fil", "Ang lantsa ay muling naglalayag mula noong Lunes at ang mga tao sa isla ay natuwa.", "tl"),
        (
            "sr-Latn",
            "Trajekt ponovo plovi od ponedeljka i stanovnici ostrva su zbog toga veoma zadovoljni i srećni.",
            "sr",
        ),
        (
            "lb",
            "D'Fähr fiert zënter e Méindeg nees, an d'Leit op den Insele si frou doriwwer, datt et weidergeet.",
            "lb",
        ),
        ("yi", TEXTS["he"], "yi"),
    ],
)
def test_tags(tag, text, language):
    """Several tags of one language are one; what neighbours of a language share is no evidence against it."""
    found = choose_language([Claims("html", in_language=tag)], text)
    assert found.value == language


@pytest.mark.parametrize("text", ["", "12 345", "Varga, Bo Lind", "Ferry"])
def test_too_little_text(text):
    """Numbers and names show no language: what is declared stays."""
    assert choose_language([Claims("html", in_language="de")], text) == ("de", "html")


def test_quotation_in_another_language():
    """A quotation in another script or language is not the article's."""
    assert detect(f"{TEXTS['de']} {TEXTS['de']} «{TEXTS['ru'][:60]}»", "de") == "de"
    assert detect(f"{TEXTS['de']} {TEXTS['fr'][:60]}", "de") == "de"


@pytest.mark.parametrize("language", ["ar", "fa", "he", "th", "ja", "zh", "ko", "hi"])
def test_scripts_survive(language):
    """Text from right to left, or without spaces, is extracted whole and in order, and has words."""
    text = TEXTS[language]
    markup = page(body=f"<article><h1>{text[:20]}</h1>{f'<p>{text} {text}</p>' * 3}</article>")
    found = article(markup.replace(b"lang='en'", f"lang='{language}' dir='auto'".encode()))
    assert found.article_body.split("\n")[0].replace("\u200c", "") == f"{text} {text}".replace("\u200c", "")
    assert (found.in_language, found.word_count > 20) == (language, True)


def test_page_without_declaration():
    """The article of a page that declares nothing has its language, as derived."""
    found = article(page(body=f"<h1>Ferry returns</h1>{MARKUP}").replace(b" lang='en'", b""))
    assert (found.in_language, found.origins["in_language"]) == ("en", "derived")
