"""Is the configuration there, whole, and safe?"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from crawler.configuration import CrawlSettings, find_file, settings
from scheduler.doctor.finding import Finding, Patient, ok, problem, warning

_WIDE = 2**24  # addresses: a loopback network is no wider


def look(patient: Patient) -> Iterator[Finding]:
    """The file, and what the environment says in its place."""
    file = find_file(patient.config)
    if patient.configuration is None:
        found = patient.complaint or "cannot be read"
        if "cannot be read" in found:
            yield problem(found, "--config FILE or $TIDINGS_CONFIG: name one that can be read")
        else:
            what = "correct or unset that variable" if found.startswith("$") else "mend that line"
            yield problem(found, f"{what}; 'tidings config check' tries it")
        return
    names = [name for name in settings() if name in os.environ or f"{name}_FILE" in os.environ]
    place = f"{file}" if file else "no file: defaults, and what was added by hand"
    yield ok(f"{place}; {len(patient.configuration.source)} sources in it" if file else place)
    if names:
        yield ok(f"from the environment: {', '.join(f'${name}' for name in names)}")
    if file is not None:
        yield from _readable_by_all(patient, file)
    if patient.configuration.crawl.user_agent == CrawlSettings().user_agent:
        yield warning(
            "sites are not told who asks: the User-Agent names nobody",
            '[crawl] user_agent = "PRODUCT/1.0 (+https://SITE; MAIL@SITE)"',
        )
    allowed = patient.configuration.crawl.allow_networks
    if wide := [str(network) for network in allowed if network.num_addresses > _WIDE]:
        yield warning(
            f"pages may lead into private networks as wide as {', '.join(wide)}",
            "name in [crawl] allow_networks only what is to be fetched",
        )


def _readable_by_all(patient: Patient, file: Path) -> Iterator[Finding]:
    if not patient.settings.alarms.targets and not _has_password(patient.settings.database.dsn):
        return
    mode = file.stat().st_mode
    if mode & stat.S_IROTH:
        yield warning(f"{file} holds secrets, and everybody on this machine may read it", f"chmod o= {file}")


def _has_password(dsn: str | None) -> bool:
    from psycopg.conninfo import conninfo_to_dict

    return dsn is not None and "password" in conninfo_to_dict(dsn)
