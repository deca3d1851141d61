"""By which words walls are told, in the languages that most news is written in. Matching ignores case."""

import re

CHALLENGE_HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": "challenge"}


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE | re.DOTALL)


CHALLENGE_SCRIPTS = _any(
    r"_cf_chl_opt|/cdn-cgi/challenge-platform/h/|challenges\.cloudflare\.com/turnstile",
    r"captcha-delivery\.com",  # DataDome
    r"px-captcha",  # HUMAN
    r"_Incapsula_Resource",  # Imperva
    r"awswaf\.com|AwsWafIntegration",
    r"sucuri_cloudproxy",
    r"/_sec/cp_challenge",  # Akamai
    r"/\.well-known/ddos-guard",
    r"hcaptcha\.com/1/api|recaptcha/api",
)
CHALLENGE_WORDS = _any(
    r"just a moment|attention required|checking (?:if the site connection is secure|your browser)",
    r"verif(?:y|ying) (?:that )?you are (?:a )?human|human verification",
    r"are you (?:a )?(?:ro)?bot|not a robot|pardon our interruption",
    r"enable javascript and cookies to continue|unusual (?:traffic|activity)|security check|ddos[- ]protection",
    r"access (?:to this page )?(?:has been )?denied|request (?:has been )?blocked",
    r"sicherheitsüberprüfung|kein roboter",
    r"vérification de sécurité|comprobación de seguridad|não sou um robô|non sono un robot",
    r"проверка браузера|не робот",
    r"安全验证|人机验证|请稍候|セキュリティ(?:チェック|確認)|보안 확인",
)
LOGIN_WORDS = _any(
    r"\blog[ -]?in\b|\bsign[ -]?in\b",
    r"\banmeld(?:en|ung)\b|\beinloggen\b",
    r"\bse connecter\b|\bconnexion\b|\biniciar sesión\b|\bingresar\b|\bacced[ei]\b|\bentrar\b",
    r"\binloggen\b|\bzaloguj\b|\bвойти\b|\bвход\b|\bgiriş yap\b",
    r"登录|登錄|ログイン|로그인|लॉग इन|تسجيل الدخول",
)
LOGIN_PATH = _any(r"/(?:log-?in|sign-?in|sso|auth|users/sign_in|anmelden|connexion)\b")
CONSENT_WORDS = _any(
    r"before you continue|we value your privacy|your privacy (?:choices|is important)",
    r"cookies?\b.{0,80}\b(?:accept|consent|agree|zustimm|akzept|einwillig|consent|acept|accett|aceit)",
    r"(?:accept|consent|agree|zustimm|akzept|acept|accett|aceit)\w*.{0,80}\bcookies?\b",
    r"datenschutzeinstellungen|согласие на использование (?:файлов )?cookie",
    r"クッキー.{0,20}同意|쿠키.{0,20}동의",
)
CONSENT_PLACE = _any(r"^consent\.|[./]consent[./-]|/cookie-?(?:wall|consent)|/privacy-?gate|collectconsent")
MISSING_WORDS = _any(
    r"\b404\b|\bnot found\b",
    r"\b(?:page|article|story|content)\b.{0,30}"
    r"\b(?:no longer|does ?n[o'\u2019]t|not) (?:exists?|available|be found)",
    r"(?:could not|couldn.t|can.t|cannot) find (?:the|that|this|your) (?:page|article|story)",
    r"(?:page|article)s? (?:you are looking for|you requested)",
    r"seite (?:wurde )?nicht gefunden|(?:seite|artikel|beitrag)\b.{0,30}\bnicht (?:mehr )?verfügbar",
    r"page (?:introuvable|non trouvée)|(?:cette page|l.article) n.existe (?:pas|plus)",
    r"página no (?:encontrada|existe)|página não encontrada|pagina non trovata|pagina niet gevonden",
    r"страница не (?:найдена|существует)|sayfa bulunamadı|nie znaleziono strony",
    r"页面(?:不存在|未找到)|找不到(?:页面|頁面|网页)|ページ(?:が|は)(?:見つかりません|存在しません)",
    r"페이지를 찾을 수 없|पृष्ठ नहीं मिला|الصفحة غير موجودة",
)
OFFER_CLASS = _any(
    r"(?:^|[\s_-])(?:pay-?wall|reg-?wall|piano-|tp-modal|poool|subscriber-?only|premium-?(?:content|wall|offer)",
    r"leaky-?paywall|metered-?content|(?:content|article)-?gate|subscription-?(?:wall|offer|required))",
)
OFFER_WORDS = _any(
    r"(?:subscribe|subscription|become a (?:member|subscriber)|register)\b.{0,60}"
    r"\b(?:to (?:continue|read|keep|unlock)|full (?:article|story))",
    r"(?:continue|keep) reading (?:with|by|for)|(?:subscribers?|members?) only|already a subscriber",
    r"for subscribers",
    r"weiterlesen mit|(?:abo|abonnement) (?:abschließen|testen)|nur für abonnenten|jetzt abonnieren",
    r"réservée? aux abonnés|abonnez-vous|pour lire la suite",
    r"(?:solo|sólo|exclusivo) para (?:suscriptores|socios)|suscríbete|só para assinantes|assine (?:para|e)",
    r"riservato agli abbonati|abbonati per|только для подписчиков|(?:оформите|купите) подписку",
    r"会员专享|订阅后|有料会員|続きを読むには|구독자 전용",
)
