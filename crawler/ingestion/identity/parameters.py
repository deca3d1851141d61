"""Which parameters of a URL make no other page: they say where a reader came from, who it is, on what device.

Gathered from what the makers of analytics and newsletters document, and from the lists by which browsers drop such
parameters: Firefox's query stripping, Brave's query filter, AdGuard's TrackParamFilter (general_url.txt). What may
select an article somewhere (``id``, ``p``, ``page``, ``v``, ``lang``, ``cid``, ``tid``) is in none of these.
"""

import re

_TRACKING = """
    _branch_match_id _branch_referrer _ga _gl _ke _kx _openstat __s __twitter_impression adobe_mc adobe_mc_ref
    amp_ct amp_gsa amp_js_v amp_latest_update_time amp_lite amp_r amp_tf ck_subscriber_id cmp cmpid cvid dclid
    dicbo dm_i ef_id elq elqaid elqat elqcampaignid elqtrack elqtrackid epik fb_action_ids fb_action_types
    fb_comment_id fb_ref fb_source fbclid feedname feedtype fsrc ftag ftcamp gbraid gclid gclsrc guccounter
    hsctatracking icid icmp igsh igshid intcid intcmp irclickid ito itid jsessionid li_fat_id mbid mc_cid
    mc_eid mc_tc mkt_tok ml_subscriber ml_subscriber_hash msclkid ncid nr_email_referer obclickid oborigurl
    ocid phpsessid rb_clickid rdt_cid ref_src ref_url s_cid s_kwcid sc_campaign sc_channel sc_content
    sc_country sc_geo sc_medium sc_outcome sccid smid smprod smtyp soc_src soc_trk spm sr_share srsltid tblci
    trk trkcampaign tsrc .tsrc ttclid twclid usqp vgo_ee wbraid wickedid wprss wt.mc_ev wt.mc_id wt.tsrc wt_mc
    wt_zmc xtor xtref yclid ymclid ysclid zanpid
"""
_NAMES = frozenset(_TRACKING.split())
_PREFIXES = (
    "utm_",  # Google Analytics, and whoever took it over
    "at_",  # AT Internet (Piano)
    "ns_",  # comScore
    "pk_", "piwik_", "mtm_", "matomo_",
    "hsa_", "_hs", "__hs",  # HubSpot
    "itm_", "gad_", "gaa_", "guce_", "oly_", "vero_", "bsft_", "_ym_",
    "aspsessionid",  # Microsoft IIS ends the name with eight letters of its own
)  # fmt: skip

# What may select content by other values is dropped for these alone.
_CHANNELS = """
    rss rss2 atom feed feeds feedburner twitter facebook fb linkedin instagram whatsapp telegram reddit
    pinterest bluesky mastodon threads email mail newsletter push social share flipboard googlenews applenews
    smartnews
"""
_VALUES = dict.fromkeys(
    ("emc", "from", "mod", "partner", "ref", "referrer", "source", "src", "via"), frozenset(_CHANNELS.split())
)
_VALUES |= {
    "amp": frozenset({"", "1", "true", "yes"}),
    "_amp": frozenset({"", "1", "true", "yes"}),
    "output": frozenset({"amp"}),
    "outputtype": frozenset({"amp"}),  # Arc Publishing
}

_SESSIONS = frozenset({"oscsid", "sessid", "session", "session_id", "sessionid", "sid"})
# Letters and digits in a row that nobody would write (PHP makes 26 or more), or a UUID.
_SESSION_ID = re.compile(
    r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{24,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)


def makes_no_page(name: str, value: str) -> bool:
    """Tell whether a parameter leaves the page as it is. Names are compared without their case."""
    name = name.lower()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    if name in _VALUES:
        return value.lower() in _VALUES[name]
    return name in _SESSIONS and bool(_SESSION_ID.fullmatch(value))
