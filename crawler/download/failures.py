"""What an error or a status of the download means for the page."""

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from service_identity import VerificationError

from crawler.outcomes import Outcome, Reason, RefusedError

_OF_TYPE: tuple[tuple[type[Exception], Outcome, Reason], ...] = (
    (CannotResolveHostError, Outcome.FAILED, Reason.DNS),
    (DownloadTimeoutError, Outcome.FAILED, Reason.TIMEOUT),
    (DownloadConnectionRefusedError, Outcome.FAILED, Reason.CONNECTION),
    (ResponseDataLossError, Outcome.FAILED, Reason.TRUNCATED),
    (DownloadCancelledError, Outcome.REJECTED, Reason.TOO_LARGE),
)

_REJECTED_STATUS = {410, 451}


def refused(error: BaseException) -> RefusedError:
    """The error of a download as an outcome and a reason."""
    if isinstance(error, RefusedError):
        return error
    for kind, outcome, reason in _OF_TYPE:
        if isinstance(error, kind):
            return RefusedError(outcome, reason, _words(error))
    return RefusedError(Outcome.FAILED, Reason.TLS if _is_tls(error) else Reason.CONNECTION, _words(error))


def refused_status(status: int) -> RefusedError:
    """A status other than 2xx as an outcome and a reason."""
    outcome = Outcome.REJECTED if status in _REJECTED_STATUS else Outcome.FAILED
    name = f"http_{status}"
    if name not in set(Reason):
        name = "http_5xx" if status >= 500 else "http_4xx"  # noqa: PLR2004
    return RefusedError(outcome, Reason(name), f"the server answered {status}")


def _is_tls(error: BaseException) -> bool:
    """Twisted wraps what OpenSSL says in a list of failures, and Scrapy wraps that again."""
    seen: list[BaseException | None] = [error, error.__cause__]
    for outer in (error, error.__cause__):
        seen += [reason.value for reason in getattr(outer, "reasons", None) or []]
    return any(isinstance(inner, SSL.Error | VerificationError) for inner in seen)


def _words(error: BaseException) -> str:
    """What broke, in the words of where it broke, without the wrappings of Twisted and Scrapy."""
    for outer in (error, error.__cause__):
        for reason in getattr(outer, "reasons", None) or []:
            error = reason.value
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:500]
