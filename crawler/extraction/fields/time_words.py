"""Words that stand before a date, in the languages news is written in: when it was published, when changed."""

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["date_published", "date_modified"]

_PUBLISHED = (
    "publi", "posted", "created", "veröffentlicht", "erstellt", "erschienen", "gepubliceerd", "geplaatst",
    "pubblic", "julkaistu", "offentliggjort", "udgivet", "опублик", "опублік", "публикув", "објављено",
    "objavljeno", "objavljen", "zveřejněno", "vydáno", "uverejnen", "dodano", "megjelen", "közzét", "δημοσι",
    "yayın", "diterbitkan", "imechapishwa", "đăng", "نشر", "انتشار", "פורסם", "게시",
    "입력", "등록", "公開", "配信",
    "投稿", "掲載",
    "发布", "發布", "प्रकाशित", "প্রকাশ", "เผยแพร่", "வெளியிடப்பட்ட",
)  # fmt: skip
_MODIFIED = (
    "update", "updating", "modif", "edited", "revised", "aktualisiert", "geändert", "zuletzt", "stand:",
    "stand vom", "mis à jour", "mise à jour", "actualiz", "actualis", "atualiz", "aggiorn", "bijgewerkt",
    "gewijzigd", "обновл", "оновл", "изменен", "ажурир", "ažurir", "aktualiz", "zaktualiz", "posodobljen",
    "uppdater", "oppdater", "opdater", "päivit", "muokat", "frissít", "módosít", "ενημ", "güncel", "diperbarui",
    "imesasishwa", "cập nhật", "تحديث", "بروزرسانی", "به‌روز", "עודכן", "수정", "更新", "अपडेट", "হালনাগাদ",
    "อัปเดต", "பதிவேற்ற",
)  # fmt: skip
# Other days than those: of an event, of a licence, of a photograph, of a broadcast.
_OTHER = (
    "©", "copyright", "sendung", "born", "expires", "event", "until", "established", "since", "today is",
    "verfügbar", "available", "disponible", "bis zum", "jusqu",
)  # fmt: skip


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, words))


_LABEL = re.compile(
    f"(?P<date_modified>{_any_of(_MODIFIED)})|(?P<date_published>{_any_of(_PUBLISHED)})|(?P<other>{_any_of(_OTHER)})",
    re.IGNORECASE,
)


def split_at_labels(text: str) -> Iterator[tuple[str | None, str]]:
    """Divide a line at its labels, so that each date is beside its own.

    The kind is ``date_published``, ``date_modified``, ``other``, or None before the first label.
    """
    kind, start = None, 0
    for label in _LABEL.finditer(text):
        if label.start() > start:
            yield kind, text[start : label.start()]
        kind, start = label.lastgroup, label.end()
    yield kind, text[start:]


def label_of(text: str) -> str | None:
    """Name the kind of the last label in a text, None where there is none."""
    return [kind for kind, _ in split_at_labels(text)][-1]
