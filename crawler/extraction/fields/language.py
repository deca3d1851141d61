"""The language an article is written in: what the page declares, checked against the text itself."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain

from crawler.extraction.claims.claims import Choice, Claims
from crawler.text import clean_language

_SCRIPT_SAMPLE = 500  # characters that show the script
_WORDS = 200  # that show the language
_LETTERS = 12  # of a word and its space, amply
_FEWEST_WORDS = 12  # a caption or a list of names shows none
_FEWEST_HITS = 8  # function words of the other language before the declared one is doubted
_FEWEST_SHARE = 0.05  # of all words; in Zulu it is a tenth, in English nearly half
_SURE_SHARE = 0.25  # of all words, where the declared language has no list to be compared by
_CLEARLY = 3  # times as many as of the declared one
_DOMINANT = 0.6  # of the letters; the rest are names and quotations
_MOSTLY_ASCII = 0.8  # of the characters: a text in Latin letters; in other scripts the spaces and figures are
_KANA = 0.05  # of the letters of a Japanese text, at the least

# One tag for what goes by several.
_SAME = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "mo": "ro",
    "fil": "tl",
    "nb": "no",
    "cmn": "zh",
    "sh": "sr",
}

# Scripts by the numbers of their 128-character blocks in Unicode, and the languages written in them.
_LATIN = "latin"
_BLOCKS = {
    _LATIN: (0, 1, 2, 3, 4, 0x3C, 0x3D),
    "greek": (6, 7, 0x3E, 0x3F),
    "cyrillic": (8, 9),
    "armenian": (10,),
    "hebrew": (11,),
    "arabic": (12, 13),
    "devanagari": (18,),
    "bengali": (19,),
    "gurmukhi": (20,),
    "gujarati": (21,),
    "oriya": (22,),
    "tamil": (23,),
    "telugu": (24,),
    "kannada": (25,),
    "malayalam": (26,),
    "sinhala": (27,),
    "thai": (28,),
    "lao": (29,),
    "tibetan": (30, 31),
    "myanmar": (32,),
    "georgian": (33,),
    "ethiopic": (36, 37, 38),
    "khmer": (47,),
    "han": (0x60, 0x61, *range(0x68, 0x140)),
    "hangul": tuple(range(0x158, 0x1B0)),
}
_SCRIPT_OF = {block: script for script, blocks in _BLOCKS.items() for block in blocks}
# The first is taken where function words do not tell.
_WRITTEN_IN = {
    "greek": "el",
    "cyrillic": "ru uk bg sr mk be kk ky mn tg uz tt ba cv az bs cnr",
    "armenian": "hy",
    "hebrew": "he yi",
    "arabic": "ar fa ur ps ckb ku ug sd pnb pa ks az ms",
    "devanagari": "hi mr ne new mai bho sa",
    "bengali": "bn as",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "lao": "lo",
    "tibetan": "bo dz",
    "myanmar": "my",
    "georgian": "ka",
    "ethiopic": "am ti",
    "khmer": "km",
    "han": "zh ja yue",
    "hangul": "ko",
}
_ONLY_ELSEWHERE = frozenset(
    {
        "el",
        "ru",
        "uk",
        "bg",
        "mk",
        "be",
        "ky",
        "tg",
        "hy",
        "he",
        "yi",
        "ar",
        "fa",
        "ur",
        "ps",
        "ckb",
        "ug",
        "sd",
        "hi",
        "mr",
        "ne",
        "bn",
        "as",
        "gu",
        "or",
        "ta",
        "te",
        "kn",
        "ml",
        "si",
        "th",
        "lo",
        "bo",
        "my",
        "ka",
        "am",
        "ti",
        "km",
        "zh",
        "ja",
        "ko",
    }
)  # languages that newspapers do not print in Latin letters

# jusText has lists of function words, the commonest first; these of its languages carry news.
_COMMONEST = 150  # words of each list; what follows are nouns of encyclopaedias
_LISTS = {
    "af": "Afrikaans", "sq": "Albanian", "ar": "Arabic", "az": "Azerbaijani", "eu": "Basque", "be": "Belarusian",
    "bs": "Bosnian", "bg": "Bulgarian", "ca": "Catalan", "ceb": "Cebuano", "hr": "Croatian", "cs": "Czech",
    "da": "Danish", "nl": "Dutch", "en": "English", "eo": "Esperanto", "et": "Estonian", "fi": "Finnish",
    "fr": "French", "gl": "Galician", "de": "German", "ht": "Haitian", "hi": "Hindi", "hu": "Hungarian",
    "is": "Icelandic", "ig": "Igbo", "id": "Indonesian", "ga": "Irish", "it": "Italian", "jv": "Javanese",
    "kk": "Kazakh", "ku": "Kurdish", "ky": "Kyrgyz", "la": "Latin", "lv": "Latvian", "lt": "Lithuanian",
    "lb": "Luxembourgish", "mk": "Macedonian", "ms": "Malay", "mt": "Maltese", "mr": "Marathi", "ne": "Nepali",
    "no": "Norwegian_Bokmal", "nn": "Norwegian_Nynorsk", "fa": "Persian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sr": "Serbian Serbo_Croatian",
    "sk": "Slovak", "sl": "Slovenian", "es": "Spanish",
    "su": "Sundanese", "sw": "Swahili", "sv": "Swedish", "tl": "Tagalog", "tr": "Turkish", "tk": "Turkmen",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "cy": "Welsh", "fy": "West_Frisian",
    "pnb": "Western_Panjabi", "yo": "Yoruba",
}  # fmt: skip
# Of languages that jusText lacks. Zulu and Xhosa glue most of theirs to the next word.
_MORE = {
    "zu": (
        "ukuthi ngoba kodwa futhi kanye noma uma lapho ngesikhathi kanti ngakho khona manje kuleli lokhu lokho "
        "kusho uthe bathi wathi nokuthi ukuze njengoba kule kwale yakhe wakhe emuva eminyaka abantu umuntu unyaka "
        "ngonyaka kubalwa okwamanje esikhundleni mayelana ngokusho izolo namuhla phezu kakhulu yini nje"
    ),
    "xh": (
        "ukuba kuba kwaye okanye xa nangona kunye apho ngoku oko oku kwakhona eli esi olu abo aba ngokuba ukuze "
        "kanti kodwa emva phambi ngexesha yakhe wakhe abantu umntu unyaka ngonyaka uthi uthe bathi nto into loo "
        "kwelo kweli ngelithi esithi nje ingakumbi sele kwi kwa kule nokuba malunga kakhulu njengoko"
    ),
    "st": "hore ho ka ya le e ba ha o mme empa kapa ke tsa la se re ne ena eo bona batho motho ho ba kgotsa",
    "so": "iyo oo ka ku waa in la uu ay soo ee si aan ayaa inay inuu isaga kale markii laakiin kaas kuwaas sidoo",
    "ha": "da na ya ta a ba su ne ce cewa wannan kuma amma shi ita domin wajen kan daga zuwa yadda ake kuma",
    "rw": "mu ku na ko ya kandi ariko cyane uyu iyi kuri muri kugira ubwo ibyo abantu bari yari avuga yavuze",
}
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")


def choose_language(claims: Sequence[Claims], text: str) -> Choice | None:
    """Choose the first language declared, cut to its primary subtag, unless the text clearly is in another.

    A text in an alphabet that the language is not written in, or with several times the function words of
    another, is in that other one; where no language is declared, the text tells. The origin then is ``derived``.
    """
    tags = ((clean_language(claim.in_language), claim.origin) for claim in claims)
    declared, origin = next(((_SAME.get(tag, tag), origin) for tag, origin in tags if tag), (None, None))
    seen = detect(text, declared)
    if seen and seen != declared:
        return Choice(seen, "derived")
    return Choice(declared, origin) if declared and origin else None


def detect(text: str, declared: str | None = None) -> str | None:
    """Tell the language of a text; the declared one unless something speaks clearly against it."""
    script = _script(text[:_SCRIPT_SAMPLE])
    if script is None:
        return declared
    if script == "han":
        language = "ja" if _kana_share(text[:_SCRIPT_SAMPLE]) > _KANA else "zh"
        return declared if declared == "yue" else language
    possible = None if script == _LATIN else _WRITTEN_IN[script].split()
    if possible and len(possible) == 1:
        return possible[0]
    fits = declared not in _ONLY_ELSEWHERE if possible is None else declared in possible
    return _by_words(text, declared if fits else None, possible)


def _script(sample: str) -> str | None:
    plain = sample.encode("ascii", "ignore")
    if len(plain) > _MOSTLY_ASCII * len(sample):
        return _LATIN if plain.upper() != plain.lower() else None
    counts: Counter[str] = Counter()
    for block, number in Counter(ord(letter) >> 7 for letter in sample if letter.isalpha()).items():
        counts[_SCRIPT_OF.get(block, "other")] += number
    if not counts:
        return None
    if counts["hangul"] > counts["han"]:  # Korean quotes in Chinese characters
        counts["hangul"] += counts.pop("han", 0)
    script, number = counts.most_common(1)[0]
    return script if script != "other" and number >= _DOMINANT * counts.total() else None


def _kana_share(sample: str) -> float:
    kana = sum(1 for letter in sample if "\u3041" <= letter <= "\u30ff")
    return kana / max(1, len(sample))


def _by_words(text: str, declared: str | None, possible: list[str] | None) -> str | None:
    """Compare the function words of the declared language with those of the others in its script."""
    words = _WORD.findall(text[: _WORDS * _LETTERS].lower())[:_WORDS]
    fallback = declared or (possible[0] if possible else None)
    if len(words) < _FEWEST_WORDS:
        return fallback
    index = _index()
    hits = Counter(chain.from_iterable(filter(None, map(index.get, words))))
    rivals = [(number, language) for language, number in hits.items() if not possible or language in possible]
    number, best = max(rivals, default=(0, None))
    if best is None or best == declared or number < max(_FEWEST_HITS, _FEWEST_SHARE * len(words)):
        return fallback
    if declared is None or not (declared in _LISTS or declared in _MORE):
        return best if declared is None or number >= _SURE_SHARE * len(words) else declared
    theirs = sum(1 for word in words if _tells(index.get(word, ()), best, declared))
    ours = sum(1 for word in words if _tells(index.get(word, ()), declared, best))
    return best if theirs >= _FEWEST_HITS and theirs >= _CLEARLY * ours else declared


def _tells(languages: tuple[str, ...], one: str, other: str) -> bool:
    return one in languages and other not in languages


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, ...]]:
    """Look up of every function word whose it is. Some 7,000 words, read once when first needed."""
    lists = files("justext") / "stoplists"
    words = [
        (tag, (lists / f"{name}.txt").read_text("utf-8").split()[:_COMMONEST])
        for tag, names in _LISTS.items()
        for name in names.split()
    ]
    found: dict[str, tuple[str, ...]] = {}
    for tag, listed in (*words, *((tag, more.split()) for tag, more in _MORE.items())):
        for word in {word.lower() for word in listed}:
            if not (tag in _ONLY_ELSEWHERE and word.isascii()):
                found[word] = (*found.get(word, ()), tag)
    return found
