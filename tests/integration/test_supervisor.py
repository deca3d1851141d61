"""The daemon's own duties, one by one."""

import asyncio

from structlog.testing import capture_logs

from crawler.configuration import load
from scheduler.supervisor import Supervisor


async def test_a_reload_before_the_database_is_migrated_breaks_nothing(database, database_url, tmp_path):
    """SIGHUP may come at any moment; the start that is under way applies the file."""
    await database.execute("drop_schema")
    file = tmp_path / "tidings.toml"
    file.write_text("[[source]]\nname = 'gazette'\nurl = 'https://gazette.example/'\n", encoding="utf-8")
    supervisor = Supervisor(load(file), file, database_url)
    with capture_logs() as logs:
        before = asyncio.all_tasks()
        supervisor.reload()
        await asyncio.gather(*(asyncio.all_tasks() - before))
    assert [line["event"] for line in logs] == ["config.reloaded", "duty.failed"]
