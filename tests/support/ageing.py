"""Time that has passed, in the database: what is stored is made older."""

from datetime import timedelta

# Every time by which something is kept or deleted.
_TIMES = {
    "articles": ("first_seen_at",),
    "article_urls": ("first_seen_at", "last_seen_at"),
    "urls": ("first_seen_at", "last_fetched_at", "next_visit_at"),
    "runs": ("queued_at", "started_at", "finished_at"),
    "pages": ("fetched_at",),
    "polls": ("polled_at",),
    "sketches": ("seen_at",),
}


async def age(database, by: timedelta, *, where: str = "true", tables=tuple(_TIMES)) -> None:
    """Move what ``tables`` hold into the past."""
    async with database.transaction() as connection:
        for table in tables:
            moved = ", ".join(f"{time} = {time} - %(by)s" for time in _TIMES[table])
            await connection.execute(f"UPDATE tidings.{table} SET {moved} WHERE {where}", {"by": by})
