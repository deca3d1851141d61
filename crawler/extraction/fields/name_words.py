"""The words around names in bylines, in the languages that most news is written in."""

import re

BY = re.compile(
    r"^(?:(?:(?:written|posted|reported|report|story|words|text|published|reporting)\s+)?by\b:?\s+"
    r"|(?:authors?|autore?|autor(?:a|es|in|en)?|auteure?s?|text|texte|texto|testo|tekst|redactie|yazar|penulis"
    r"|quelle|source|fuente|fonte|reporter|автор[ыи]?|текст|बाय|द्वारा|συντάκτης|συντάκτρια|लेखक|كتب|بقلم|מאת)\s*[:\uff1a]\s*"
    r"|(?:bởi|oleh|napsala?|kirjoittanut|przez|بقلم|מאת)\s+"
    r"|(?:撰文|作者|記者|记者|取材|執筆)\s*[:\uff1a/]?\s*|文\s*[:\uff1a/]\s*)",
    re.IGNORECASE,
)
# These open names too ("Di Canio", "Von Trapp"): they are dropped only before two further words or an agency.
BY_ELSEWHERE = re.compile(
    r"^(?:[Vv]on|VON|[Pp]ar|PAR|[Pp]or|POR|[Dd]oor|DOOR|[Dd]i|DI|[Aa]f|AF|[Aa]v|AV)\s+(?=\S+\s+\S|[A-Z]{2,}$)"
)
CONJUNCTION = re.compile(
    r"\s+(?:and|und|et|y|e|en|og|och|i|&|\+|with|mit|avec|ja|és|ve|dan|và|и|та|και|și|a)\s+",
)
# What may follow a name without punctuation: for whom, where, with whom and when somebody wrote.
AFTER = re.compile(
    r"\s+(?:(?:for|in|aus|à|desde)\s+(?:the\s+)?[A-Z][\w'-]*(?:\s[A-Z][\w'-]*){0,3}"
    r"|(?:(?i:(?:last\s+)?updated|published|posted|aktualisiert|publié|mis à jour|publicado|actualizado|aggiornato"
    r"|pubblicato)\b|(?i:and|with|und|mit|et|y)\s+(?i:agenc|inputs|agentur|agences|agencias|wires)"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\w{3,9}\.?\s\d{1,2},?\s(?:19|20)\d\d"
    r"|\d{1,2}\.?\s\w{3,9}\.?,?\s(?:19|20)\d\d).*$)",
)
OPENING_CONJUNCTION = re.compile(r"^(?:and|und|et|og|och|with|mit|&)\s+", re.IGNORECASE)
DEGREE = re.compile(r"(?:jr|sr|ii|iii|iv|md|m\.d|phd|ph\.d|esq|dds|rn|mba|cfa)\.?", re.IGNORECASE)
SUFFIX = re.compile(r"\s*(?:기자|특파원|記者|记者|特派員)$")
_ROLES = (
    r"(?:editor|correspondent|reporter|writer|columnist|contributor|journalist|producer|photographer|professor|analyst"
    r"|\w{0,20}redakteur(?:in)?|\w{0,20}korrespondent(?:in)?|reporterin|journalistin|autorin|volontär(?:in)?|chefredakteur(?:in)?"
    r"|journaliste|correspondante?|rédact(?:eur|rice)|periodista|corresponsal|redactora?|giornalista|corrispondente"
    r"|repórter|jornalista|verslaggever|redacteur|journalisten|dziennikarz|редактор|корреспондент|журналист)"
)
ROLE = re.compile(rf"\b{_ROLES}\b", re.IGNORECASE)
ROLE_AFTER = re.compile(
    r"^(\S+\s\S+(?:\s\S+)??)\s+(?:senior|chief|staff|special|political|sports?|business|science|health|technology"
    r"|environment|education|deputy|managing|news|foreign|national|world|culture|economics|crime|legal|local|diplomatic"
    rf"|defen[cs]e|investigative|features?|assistant|associate|contributing)\b[\w\s]{{0,60}}?\b{_ROLES}$",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"^(?:(?:last\s+)?updated|(?:with )?inputs|published|posted|modified|share|follow|comments?|by|super user"
    r"|admin(?:istrator)?|webmaster|read more|photos?|fotos?|image|stand|lesezeit|aktualisiert|veröffentlicht"
    r"|publié|mis à jour|publicado|actualizado|aggiornato|pubblicato|exclusive|opinion|analysis|guest|anonymous"
    r"|more|mehr|view|see all|unknown|author|autor|no author|©)(?!\w)|\b(?:veröffentlicht|published|updated)\b"
    r"|\b(?:read|hours? ago|minutes? ago|days? ago)$|^(?:vor \d|il y a \d|hace \d)",
    re.IGNORECASE,
)
PARTICLES = frozenset(
    """
    von van der den de la le da dos das di del della dello du des do e y bin bint ibn al el ul ter ten te zu zum
    zur af av und i d'
    """.split()  # noqa: SIM905 (a list to be read)
)
AGENCIES = frozenset(
    """
    afp aap ap dpa apa ansa ani efe epa epd kna lusa mti ntb pti ritzau reuters sda sid stt ats anp belga
    bloomberg bta bernama cna ctk čtk hina interfax tass ria jiji kyodo yonhap xinhua tanjug tt upi ians ibns unb
    cnn тасс uni agerpres mehr fars ukrinform keystone-sda
    """.split()  # noqa: SIM905 (a list to be read)
)
