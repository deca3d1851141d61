"""Which database: the operator's, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database_url(
    url: str | None, data_dir: Path | None, *, linger: float = 0.0, watch: bool = False
) -> Iterator[str]:
    """The URL to connect to. Without ``url``, the embedded server runs at least as long as the context lasts.

    ``linger`` is how many seconds the embedded server outlives its last user; with ``watch`` it is started again
    should it die meanwhile.

    Raises:
        EmbeddedPostgresError: the embedded server cannot be started; the message says why.
    """
    if url is not None:
        yield url
        return
    from sql.embedded import default_data_dir, embedded_postgres

    with embedded_postgres(data_dir or default_data_dir(), linger=linger, watch=watch) as embedded_url:
        yield embedded_url
