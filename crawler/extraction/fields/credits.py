"""Captions and credits: whose a picture is, as the end or the beginning of its caption says."""

import re

from crawler.text import clean_line

_WORDS = (
    r"(?:(?:file\s+|photo\s+)?(?:photos?|images?|courtesy)(?:\s+(?:courtesy|credits?))?|photograph(?:s|y|er|ie)?"
    r"|pictures?|pics?|fotos?|bild(?:er|quelle|rechte|nachweis)?|fotografie|fotograf(?:in|ía|ia)?|imagen|imagem"
    r"|immagine|crédits?(?:\s+photos?)?|cr[eé]dito|credits?|(?:photo|image|picture) credits?|source|quelle|fuente"
    r"|fonte|bron|beeld|kuva|symbolfoto|archivfoto|symbolbild|zdjęcie|fot\.?|kilde|nuotr\.|фото|джерело|источник"
    r"|사진(?:\s*출처)?|写真|提供|撮影|图片来源|图源|fotoğraf|ảnh|gambar|copyright|via|illustration|grafik|graphic)"
)
_SIGN = r"(?:©|\(c\))"
# "... in dock. Photo: Bo Lind/Wire", "... © Bo Lind", "... | Bild: Wire".
_AT_END = re.compile(
    rf"(?:^|[\s(\[|\u2013\u2014/.,;-]){_WORDS}\s*(?:by\s+|[:\uff1a=]\s*(?:{_SIGN}\s*)?|{_SIGN}\s*)(?P<credit>[^:\uff1a]{{2,120}})$"
    rf"|(?:^|[\s(\[|]){_SIGN}\s*(?P<signed>[^©]{{2,120}})$"
    r"|(?:^|[\s(\[])(?P<agency>(?:AP Photo|AFP|Reuters|EPA|dpa|Getty Images|Shutterstock|Wikimedia Commons)"
    r"(?:\s*/\s*[^/:]{2,60}){0,3})$",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{2,120})[)\]]\.?$")
_LABEL = re.compile(
    rf"^[\s(\[|/\u2013\u2014-]*(?:{_WORDS}\s*(?:by\s+|[:\uff1a=]\s*|(?=©))|{_SIGN}\s*|by\s+)+", re.IGNORECASE
)
_AGENCY = re.compile(
    r"\b(?:AP|AFP|Reuters|EPA|dpa|Getty|Shutterstock|PTI|ANSA|APA|Wikimedia|Flickr|iStock|Alamy|Imago)\b",
    re.IGNORECASE,
)
_AROUND = " \t|\u2013\u2014-/,;:[]"
_DURATION = re.compile(r"\d:\d\d")  # of a film
_TAIL = 300  # characters at the end of a caption within which its credit begins
_SENTENCE = 3  # words in small letters that make a caption of what follows a label
_LONGEST_NAME = 60  # characters between a bar and a credit that are part of it
_LONGEST = 200  # characters of a credit


def split_caption(text: str) -> tuple[str | None, str | None]:
    """Part a caption from the credit at its end: "In dock. Photo: Bo Lind"; None for what is not there."""
    text = text.strip()
    start = max(len(text) - _TAIL, 0)
    tail = text[start:]
    if bracketed := _IN_BRACKETS.search(tail):
        inner = bracketed[1]
        if _LABEL.match(inner) or _AGENCY.search(inner):
            return _parts(text[: start + bracketed.start()], inner)
    if (found := _AT_END.search(tail)) and not _is_sentence(text[: start + found.start()], found[0]):
        return _parts(text[: start + found.start()], tail[found.start() :])
    return text or None, None


def bare_credit(text: str | None) -> str | None:
    """A credit without the word or sign that says that it is one."""
    line = clean_line(text)
    if not line or len(line) > _LONGEST:
        return None
    credit = _LABEL.sub("", line).strip(_AROUND)
    credit = credit.strip("()[]") if credit.count("(") != credit.count(")") else credit
    return credit if any(map(str.isalpha, credit)) and not _DURATION.search(credit) else None


def labelled_credit(text: str) -> str | None:
    """The credit that a line holds and nothing else: "Image: Bo Lind/Wire"."""
    caption, credit = split_caption(text) if _LABEL.match(text) else (text, None)
    return credit if not caption else None


def _is_sentence(before: str, credit: str) -> bool:
    """Tell "a source: nobody knows" from a credit, and a whole caption that a label opens."""
    label = credit.lstrip(_AROUND)
    if before[-1:].isalnum() and label[:1].islower():
        return credit[:1].isspace() or credit[:1].isalnum()
    return not before and sum(word[0].islower() for word in label.split()[1:]) >= _SENTENCE


def _parts(caption: str, credit: str) -> tuple[str | None, str | None]:
    before, bar, name = caption.rstrip(" |").rpartition(" | ")
    if bar and len(name) <= _LONGEST_NAME and not name.endswith("."):
        caption, credit = (
            before,
            f"{name} | {credit.strip(_AROUND)}",
        )  # "... in dock. | Bo Lind/Wire via Getty Images"
    return caption.strip().rstrip("|\u2013\u2014-/(").strip() or None, bare_credit(credit)
