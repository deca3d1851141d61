from crawler.download.pace import Pace


async def test_a_slow_host_is_asked_more_slowly():
    """The time between requests grows to twice the mean latency, a minute at most, and never below the delay."""
    pace = Pace(None)
    assert pace.spacing("quick.example", 1.0) == 1.0
    pace.answered("slow.example", 3.0)
    assert pace.spacing("slow.example", 1.0) == 6.0
    pace.answered("slow.example", 0.5)
    assert pace.spacing("slow.example", 1.0) == 2 * (3.0 - 0.2 * 2.5)
    pace.answered("stuck.example", 300.0)
    assert pace.spacing("stuck.example", 1.0) == 60.0
    assert pace.spacing("quick.example", 1.0) == 1.0


async def test_without_a_delay_there_is_none():
    """Whoever sets the delay to 0 means it."""
    pace = Pace(None)
    pace.answered("slow.example", 3.0)
    assert pace.spacing("slow.example", 0.0) == 0.0
