"""Downloader middleware: redirects, without telling the next host where we came from."""

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Request, Response


class QuietRedirectMiddleware(RedirectMiddleware):
    """Scrapy's own, which drops cookies and credentials across origins; we send no Referer at all."""

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002 (Scrapy's interface)
        """Drop the header."""
        request.headers.pop("Referer", None)
