"""Reads hostile pages, each in a process of its own: ``python -m tests.support.hostile_reader SIZE NAME...``.

A pattern that runs wild holds the interpreter, so only the kernel can end it; and what a page takes at most in
memory only a process that reads no other can tell. Prints a line of JSON for each page.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator

from crawler.article import Article, NotAnArticle
from crawler.extraction import as_row, extract
from tests.support.hostile_pages import PAGES
from tests.support.pages import article

SECONDS = 10  # of CPU: the page's deadline, [crawl] extraction_timeout
_SPACE = 4 * 1024**3  # bytes of address space, so that a page that takes them all ends itself and not the machine
_MEGABYTE = 1024  # ru_maxrss is in kilobytes


def read(name: str, size: int) -> dict[str, object]:
    """Read one page: what came of it, the seconds of CPU and the megabytes it took."""
    page = PAGES[name](size)
    body = page if isinstance(page, bytes) else page.encode("utf-8", "surrogatepass")
    del page
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + SECONDS + 1, int(used) + SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_AS, (_SPACE, _SPACE))
    try:
        result = extract(body, "https://harbour-post.example/news/ferry")
    except Exception as error:  # noqa: BLE001 (it is what the tests look for)
        return {"name": name, "raised": f"{type(error).__name__}: {error}"[:200]}
    seconds = time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = as_row(result) if isinstance(result, Article) else {}
    return {
        "name": name,
        "result": type(result).__name__ if isinstance(result, NotAnArticle) else "Article",
        "reason": getattr(result, "reason", None),
        "seconds": round(seconds, 2),
        "megabytes": (peak - before) // _MEGABYTE,
        "storable": "\0" not in (text := json.dumps(row, ensure_ascii=False)) and bool(text.encode()),
    }


def read_apart(name: str, size: int) -> dict[str, object]:
    """Do the same in a child, which may be killed over it."""
    receiving, sending = os.pipe()
    if not (child := os.fork()):
        os.write(sending, json.dumps(read(name, size)).encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(answer) if answer else {"name": name, "killed": os.waitstatus_to_exitcode(status)}


def main() -> None:
    """Warm up, so that a page's time is its own, and read them all."""
    extract(article("Ferry returns").encode(), "https://harbour-post.example/")
    size, *names = sys.argv[1:]
    for name in names:
        sys.stdout.write(json.dumps(read_apart(name, int(size))) + "\n")
        sys.stdout.flush()


def readings(output: str) -> Iterator[tuple[str, dict[str, object]]]:
    """The lines that it printed, by the name of the page."""
    for line in output.splitlines():
        found = json.loads(line)
        yield found["name"], found


if __name__ == "__main__":
    main()
