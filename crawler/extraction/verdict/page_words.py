"""By which words of a headline a page is told to be no article, in the languages most news is written in."""

import re

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|"))


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_STATIC = _phrases(
    """
    about | about us | who we are | our team | our story | our mission | contact | contact us
    get in touch | imprint | legal notice | legal information | terms | terms of use | terms of service
    terms and conditions | terms & conditions | conditions of use | privacy | privacy policy
    privacy notice | privacy statement | cookie policy | cookies | cookie notice | data protection
    editorial policy | editorial guidelines | ethics policy | code of ethics | corrections policy
    advertise | advertise with us | advertising | media kit | careers | jobs | work with us | faq
    frequently asked questions | help | help centre | help center | support | accessibility
    accessibility statement | disclaimer | copyright | subscribe | subscriptions | newsletters
    newsletter | sitemap | donate | support us | feedback | press | masthead | staff | our staff
    community guidelines | comment policy | über uns | ueber uns | wir über uns | redaktion
    die redaktion | kontakt | impressum | datenschutz | datenschutzerklärung | datenschutzhinweise
    nutzungsbedingungen | agb | allgemeine geschäftsbedingungen | barrierefreiheit | mediadaten
    werbung | werben | karriere | stellenangebote | hilfe | häufige fragen | abo | à propos | a propos
    qui sommes-nous | nous contacter | contactez-nous | mentions légales | politique de confidentialité
    confidentialité | conditions générales | conditions d'utilisation
    conditions générales d'utilisation | publicité | plan du site | aide | foire aux questions
    abonnement | quiénes somos | quienes somos | sobre nosotros | acerca de | contacto | contáctenos
    aviso legal | privacidad | política de privacidad | política de cookies | términos y condiciones
    términos de uso | publicidad | ayuda | quem somos | sobre nós | sobre | fale conosco | contato
    termos de uso | política de privacidade | termos e condições | expediente | anuncie | ajuda
    ficha técnica | estatuto editorial | chi siamo | contatti | contattaci | note legali
    informativa sulla privacy | informativa privacy | termini e condizioni | condizioni d'uso
    pubblicità | redazione | la redazione | over ons | privacyverklaring | privacybeleid
    algemene voorwaarden | gebruiksvoorwaarden | adverteren | om oss | om os | kontakta oss
    kontakt oss | kontakt os | integritetspolicy | personuppgiftspolicy | vilkår | personvern
    personvernerklæring | privatlivspolitik | tietoa meistä | yhteystiedot | tietosuoja
    tietosuojaseloste | o nas | polityka prywatności | regulamin | reklama | redakcja | o nás | kontakty
    ochrana osobních údajů | obchodní podmínky | zásady ochrany osobních údajů | rólunk | kapcsolat
    adatvédelem | impresszum | despre noi | politica de confidențialitate | termeni și condiții | о нас
    о проекте | о редакции | контакты | редакция | реклама | политика конфиденциальности | правила
    пользовательское соглашение | вакансии | про нас | контакти | політика конфіденційності
    правила користування | hakkımızda | iletişim | künye | gizlilik politikası | kullanım koşulları
    kvkk | reklam | tentang kami | redaksi | pedoman media siber | kontak | kebijakan privasi
    hubungi kami | về chúng tôi | liên hệ | σχετικά με εμάς | επικοινωνία | όροι χρήσης
    πολιτική απορρήτου | ταυτότητα | 会社概要 | 会社案内 | お問い合わせ | プライバシーポリシー
    個人情報保護方針 | 利用規約 | 特定商取引法に基づく表記 | サイトポリシー | 著作権 | 关于我们
    關於我們 | 联系我们 | 聯絡我們 | 隐私政策 | 隱私政策 | 隱私權政策 | 服务条款 | 使用条款 | 服務條款
    版权声明 | 广告服务 | 회사소개 | 문의 | 개인정보처리방침 | 개인정보 처리방침 | 이용약관
    청소년보호정책 | من نحن | اتصل بنا | سياسة الخصوصية | شروط الاستخدام | الشروط والأحكام | درباره ما
    تماس با ما | צור קשר | אודות | תנאי שימוש | מדיניות פרטיות | हमारे बारे में | संपर्क करें
    गोपनीयता नीति | नियम और शर्तें | เกี่ยวกับเรา | ติดต่อเรา | นโยบายความเป็นส่วนตัว | kuhusu sisi
    wasiliana nasi
    """
)
# A headline may begin with most of these words, so each needs a colon, "all" or an end beside it.
_LIST = _any(
    r"(?:tag|tags|topic|category|section|keyword|author|archives?|schlagwort|kategorie|autor(?:in)?"
    r"|rubrik|étiquette|catégorie|mot-clé|auteur|etiqueta|categoría|sección|categoria|autore"
    r"|тег|рубрика|автор|метка|etiket|標籤|标签|タグ|태그|وسم)\s*[:：#]",
    r"(?:all |latest |more |recent )*(?:articles|posts|stories|entries) (?:by|written by|tagged(?: with)?)\b",
    r"(?:all|latest|more|recent) (?:articles|posts|stories|news)\b.{0,60}$",
    r"(?:alle|neueste|weitere) (?:artikel|beiträge|meldungen|nachrichten)\b.{0,60}$",
    r"(?:artikel|beiträge|meldungen) (?:zum thema|mit dem schlagwort)\b",
    r"tous les articles\b|articles (?:par|de l'auteur)\b|todos los artículos\b|artículos (?:de|por) [^ ]+ [^ ]+$",
    r"(?:\S+ )?(?:archives?|archiv|archivo|arquivo|archivio|архив)$",
    r".{1,60}, author at\b",
    r"(?:most read|most popular|latest news|breaking news|all news|top stories|page \d+)$",
)
_SEARCH = _any(
    r"search(?:\s*:.*)?$|(?:\S+ ){0,4}search results\b|results for\b|you searched for\b",
    r"search for [\"'\u201c\u2018\u00ab]|suche(?:\s*:.*)?$|suchergebnisse?\b|recherche(?:\s*:.*)?$",
    r"résultats (?:de (?:la |votre )?recherche|pour)\b|resultados d[ea] (?:la )?(?:búsqueda|busca|pesquisa)\b",
    r"risultati (?:della ricerca|per)\b|zoekresultaten\b",
    r"sökresultat|søkeresultat|søgeresultat|hakutulokset|wyniki wyszukiwania|výsledky (?:hledání|vyhledávání)",
    r"результаты поиска|поиск(?:\s*:.*)?$|результати пошуку|arama sonuçları|hasil pencarian",
    r".{0,40}?(?:検索結果|搜索结果|搜尋結果|검색 ?결과|نتائج البحث|खोज परिणाम|ผลการค้นหา)",
)


def names_static_page(line: str) -> bool:
    """Tell whether a headline is that of a page about the publisher or its terms, and nothing else."""
    return _AROUND.sub("", line).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") in _STATIC


def names_list(line: str) -> bool:
    """Tell whether a headline is that of a list of articles: "Articles by Ada Merrow", "Tag: ferry"."""
    return _LIST.match(line[:200]) is not None


def names_search(line: str) -> bool:
    """Tell whether a headline is that of search results."""
    return _SEARCH.match(line[:200]) is not None
