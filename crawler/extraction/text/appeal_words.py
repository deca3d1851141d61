"""What an appeal for money says, in the languages that news are read in."""

import re

APPEAL = re.compile(
    r"""\b(?:
    support\ (?:our|independent|local|quality)\ (?:\w+\ )?(?:journalism|newsroom|reporting|work)
    | (?:donate|contribute|make\ a\ (?:donation|contribution))\b.{0,40}\b(?:us|our|journalism|newsroom|independent)
    | become\ a\ (?:supporter|member|patron)
    | we\ (?:need|rely\ on|depend\ on)\ your\ (?:support|help|donations?)
    | your\ (?:contribution|donation|support)\ (?:supports|helps|keeps|makes)
    | unterstützen?\ (?:sie\ )?(?:uns|unsere[nr]?|unabhängigen)\b | spenden?\ sie | jetzt\ spenden
    | mit\ (?:ihrer|deiner)\ spende
    | soutenez(?:-nous|\ notre|\ un\ journalisme|\ la\ rédaction) | fai(?:tes|re)\ un\ don | grâce\ à\ vos\ dons
    | apoy(?:a|e)\ (?:nuestro|el)\ (?:\w+\ )?periodismo | apóyanos | haz(?:te\ soci[oa]|\ (?:una|tu)\ donación)
    | sostieni(?:ci)?\ (?:il|la|un|con) | fai\ una\ donazione | dona\ ora
    | apoie\ (?:-nos|o\ (?:nosso\ )?jornalismo) | faça\ (?:uma|sua)\ doação
    | steun\ (?:ons|onze|de\ onafhankelijke) | doneer\ (?:nu|hier)
    | wesprzyj\ (?:nas|nasz[ae]?) | stöd\ (?:oss|vår) | støtt?\ (?:oss|os|vår|vores)
    | поддержите\ (?:нас|наш[уи]?|независим) | сделайте\ пожертвование | підтримайте\ (?:нас|наш[уі]?|незалежн)
    | podpořte\ (?:nás|naši) | támogass(?:a|on)?\ (?:minket|munkánk) | susțineți\ (?:ne|jurnalismul)
    | bağış\ yap | dukung\ (?:kami|jurnalisme)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
