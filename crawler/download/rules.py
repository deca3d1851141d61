"""What a site's robots.txt allows, and the rules that are kept for later runs."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from protego import Protego
from protego._utils import _quote_path

from crawler.outcomes import Outcome, Reason
from crawler.text import storable

# A longer Crawl-delay would turn a run of fifty pages into a day; nobody who sets one means that.
_MAX_CRAWL_DELAY = 60.0
# RFC 9309, 2.4: not to be kept for longer than a day. Sites change their minds sooner.
_KEPT_SECONDS = 3600.0
_MAX_KEPT = 5_000
_LONGEST = 200  # characters of a rule, as told


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site's robots.txt says, or why it could not be had: then nothing is allowed."""

    rules: Protego | None
    reason: Reason = Reason.ROBOTS_UNREACHABLE
    detail: str | None = None
    outcome: Outcome = Outcome.FAILED
    is_long: bool = False
    ai_agents: tuple[str, ...] = ()
    """Crawlers for language models that it names."""
    status: int | None = None
    """What its server answered in place of it, and so there are no rules."""

    def allow(self, url: str, agent: str) -> bool:
        """Whether the agent (a product token) may ask for ``url``."""
        return self.rules is not None and bool(self.rules.can_fetch(url, agent))

    def judgement(self, url: str, agent: str, *, is_allowed: bool) -> dict[str, Any]:
        """Why the agent may ask for ``url`` or not, in JSON types: ``status``, or ``group`` and ``rule``.

        What does not apply is left out; nothing is left if no group is for the agent.
        """
        if self.status is not None:
            return {"status": self.status}
        found: Any = self.rules and self.rules._get_matching_rule_set(agent)  # noqa: SLF001 (it has no other name)
        if not found:
            return {}
        rule = None if is_allowed else _forbidding(found, url)
        return {"group": storable(found.user_agent)[:_LONGEST]} | ({"rule": rule} if rule else {})

    def delay(self, agent: str) -> float:
        """Seconds that the agent is asked to leave between two requests (``Crawl-delay``, ``Request-rate``)."""
        if self.rules is None:
            return 0.0
        rate = self.rules.request_rate(agent)
        asked = max(self.rules.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate else 0.0)
        return min(asked, _MAX_CRAWL_DELAY)


def _forbidding(group: Any, url: str) -> str | None:
    """The rule of a group by which a URL is forbidden, as robots.txt has it but for its percent-encodings."""
    path = _quote_path(url)
    rule = next((rule for rule in group._rules if rule.value.match(path)), None)  # noqa: SLF001 (as above)
    return f"Disallow: {rule.value._pattern}"[:_LONGEST] if rule else None  # noqa: SLF001


class RobotsCache:
    """The rules that the runs of this process have read, by site and by the user agent that asked."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[float, Rules]] = {}

    def find(self, site: str, user_agent: str) -> Rules | None:
        """Rules that are still fresh."""
        until, rules = self._kept.get((site, user_agent), (0.0, None))
        return rules if until > monotonic() else None

    def keep(self, site: str, user_agent: str, rules: Rules) -> None:
        """Keep rules that were read; those that could not be had are asked for by the next run again."""
        if rules.rules is not None and not rules.is_long:
            self._kept.pop((site, user_agent), None)
            self._kept[site, user_agent] = (monotonic() + _KEPT_SECONDS, rules)
            if len(self._kept) > _MAX_KEPT:
                del self._kept[next(iter(self._kept))]
