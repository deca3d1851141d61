"""The fixtures of the fault tests, and the table of figures at their end."""

import pytest

from tests.faults.daemon import Installation
from tests.faults.figures import Figures
from tests.faults.papers import Papers

_FIGURES = "figures"


def pytest_addoption(parser):
    """The long form."""
    parser.addoption("--full", action="store_true", help="Inject every fault as often and as long as promised.")


@pytest.fixture
def full(request):
    """Whether this is the long form."""
    return request.config.getoption("--full")


@pytest.fixture
def figures(request, full):
    """Where a test notes what it measures."""
    noted = Figures(request.node.name, full)
    yield noted
    request.node.user_properties.append((_FIGURES, noted.rows))


def pytest_terminal_summary(terminalreporter):
    """Print all figures, beside what is promised."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    rows = [
        row
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, rows in report.user_properties
        if name == _FIGURES
        for row in rows
    ]
    if not rows:
        return
    terminalreporter.section("figures")
    for test, what, value, unit, at_most in rows:
        promise = f" (promised: at most {at_most:g})" if at_most is not None else ""
        terminalreporter.write_line(f"{test}: {what}: {value:.3g} {unit}{promise}")


@pytest.fixture
def papers():
    """Two papers with a hundred articles each."""
    with Papers(sites=2, articles=100) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """Tidings, set up for the papers on a database of its own, not started yet."""
    made = Installation(papers, database_url, tmp_path)
    yield made
    made.end()
