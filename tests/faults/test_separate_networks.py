"""Hosts that share nothing but a cable to the database."""

import pytest

from sql.migrate import migrate
from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.networks import Networks, PapersInTheMiddle, missing
from tests.faults.watch import Watch
from tests.support.cli import eventually


@pytest.fixture
def networks():
    """Two hosts, and between them what they share."""
    if (reason := missing()) is not None:
        pytest.skip(reason)
    with Networks(num_addresses=6, num_hosts=2) as made:
        yield made


@pytest.fixture
def database_url(embedded_server):
    """A database whose socket is reached from every namespace."""
    url = embedded_server.create()
    migrate(url)
    yield url
    embedded_server.drop(url)


@pytest.fixture
def papers(networks, database_url):
    """Six papers in the middle."""
    with PapersInTheMiddle(networks, database_url, sites=6, articles=40, listed=5, latency=0.2) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """As ever, on another network."""
    made = Installation(papers, database_url, tmp_path, crawl={"allow_networks": ["10.213.0.0/16"]})
    yield made
    made.end()


def test_a_host_is_unplugged_in_the_middle_of_a_run(installation, networks, papers, figures, full):
    """Its runs are taken up elsewhere, and when the cable is back it works on; nothing is lost or done twice."""
    with Watch(installation.database_url) as watch:
        installation.start(namespace=networks.middle)
        reached = {"TIDINGS_DATABASE_URL": papers.database_url}
        hosts = [installation.start("worker", namespace=name, **reached) for name in networks.hosts]
        for host in hosts:
            eventually(lambda host=host: installation.num_runs_of(host))
        papers.num_listed = 20
        for number in (1, 2, 1, 2, 1, 2) if full else (1,):
            host = hosts[number - 1]
            eventually(lambda host=host: installation.num_runs_of(host, "finished_at IS NULL"))
            networks.unplug(number)
            figures.within(
                60,
                "runs of an unplugged host taken up",
                lambda host=host: installation.num_runs_of(host, "finished_at IS NULL") == 0,
            )
            papers.num_listed = min(papers.num_listed + 10, papers.num_articles)
            before = installation.value("SELECT now()")
            networks.plug_in(number)
            figures.within(
                60,
                "first run after it was plugged in again",
                lambda host=host, before=before: installation.num_runs_of(host, f"started_at > '{before}'"),
            )
        papers.num_listed = papers.num_articles
        installation.come_to_rest()
    assert watch.broken == {}
    assert {"10.213.1.2", "10.213.2.2"} <= papers.asked_from
    audit(installation)
