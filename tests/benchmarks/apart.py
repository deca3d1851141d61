"""Runs a program in an environment of its own: ``apart.py NAME``, a page a line in, a row a line out.

It imports nothing of ours, since it runs where our requirements are not installed.
"""

import contextlib
import gc
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

warnings.simplefilter("ignore")


def newspaper4k() -> Callable[[str, str], dict[str, Any]]:
    import newspaper

    def run(text: str, url: str) -> dict[str, Any]:
        article = newspaper.Article(url, fetch_images=False)
        article.download(input_html=text)
        article.parse()
        return _row(article.title, article.text, article.authors, article.publish_date)

    return run


def news_please() -> Callable[[str, str], dict[str, Any]]:
    from newsplease import NewsPlease

    def run(text: str, url: str) -> dict[str, Any]:
        found = NewsPlease.from_html(text, url=url, fetch_images=False)
        return _row(found.title, found.maintext, found.authors, found.date_publish)

    return run


def _row(title: Any, body: Any, authors: Any, published: Any) -> dict[str, Any]:
    date = published.isoformat() if hasattr(published, "isoformat") else published
    return {"title": title, "body": body, "authors": list(authors or ()), "published": date}


def main() -> None:
    """Answer until the input ends. ``seconds`` is the CPU time of the extraction alone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the programs print is no answer
    run = {"newspaper4k": newspaper4k, "news-please": news_please}[sys.argv[1]]()
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin.buffer:
        page = json.loads(line)
        gc.collect()
        row: dict[str, Any] = {}
        began = time.process_time()
        with contextlib.suppress(Exception):  # a page that it cannot read is an empty row
            row = run(page["text"], page["url"])
        row["seconds"] = time.process_time() - began
        print(json.dumps(row, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
