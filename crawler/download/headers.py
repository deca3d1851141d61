"""A response's headers as plain values."""

from scrapy.http import Response


def plain_headers(response: Response) -> dict[str, str]:
    """By lower-case name; the values of one that came several times are joined by commas."""
    return {
        name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }


def opt_outs_of(response: Response) -> tuple[str, ...]:
    """What robots.txt asks not to be done with the page (see :data:`crawler.configuration.OptOut`)."""
    return ("ai_user_agents",) if "ai_agent_disallowed" in response.meta else ()
