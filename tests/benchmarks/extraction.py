"""Compares extraction with other programs: ``uv run --group benchmarks python -m tests.benchmarks.extraction``."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import folds
from tests.benchmarks.corpus import Page, read_pages
from tests.benchmarks.neighbour import MissingError, Neighbour
from tests.benchmarks.programs import APART, IN_THIS_PROCESS, REFERENCE
from tests.benchmarks.scoring import Row, score
from tests.benchmarks.timing import Timed, Times, measure, timed

_SCORES = {
    "body_f1": "body F1",
    "body_precision": "precision",
    "body_recall": "recall",
    "title_any": "title_any",
    "authors_f1": "authors F1",
    "published_minute": "same minute",
    "published_day": "same day",
}
_TIMES = ("ms/page", "median", "x trafilatura", "median x")
_NAMES = ("tidings", folds.NAME, *(name for name in IN_THIS_PROCESS if name != "tidings"), *APART)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 2 if the pages cannot be read."""
    options = _parser().parse_args(arguments)
    where, pages = read_pages(options.pages)
    pages = pages[: options.limit]
    print(f"{where}; best of {options.passes} passes, one thread")
    rows, times, missing = _run(options.only, pages, options.passes)
    _print_table([*_lines(rows, times, missing, [page.truth for page in pages])])
    if options.rows:
        _write(options.rows, rows)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.extraction", description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGES TRUTH", action=_Both)
    parser.add_argument("--only", type=_names, default=_NAMES, metavar="NAME,...", help=", ".join(_NAMES))
    parser.add_argument("--passes", type=int, default=3, help="of which the best time of each page counts")
    parser.add_argument("--limit", type=int, help="measure so many pages only")
    parser.add_argument("--rows", type=Path, metavar="FOLDER", help="write what each program read, a JSONL each")
    return parser


class _Both(argparse.Action):
    def __call__(self, parser, namespace, values, _=None) -> None:
        if len(values) not in {0, 2}:
            parser.error("give PAGES, a folder of *.html.gz, and TRUTH, a JSONL file; or neither")
        setattr(namespace, self.dest, values)


def _names(listed: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in listed.split(","))
    if unknown := set(names) - set(_NAMES):
        raise argparse.ArgumentTypeError(f"no such program: {', '.join(sorted(unknown))}")
    return names


def _run(
    only: Sequence[str], pages: Sequence[Page], passes: int
) -> tuple[dict[str, dict[str, Row]], dict[str, Times], dict[str, str]]:
    """Rows and times of the programs that can be had, and why the others cannot."""
    programs: dict[str, Timed] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for name in (name for name in _NAMES if name in only and name != folds.NAME):
            try:
                programs[name] = _program(name, stack)
            except (ImportError, MissingError) as error:
                missing[name] = f"not installed: {error}"
        results = measure(programs, pages, passes)
    rows = {name: found for name, (found, _) in results.items()}
    if folds.NAME in only:
        held_out = folds.find_folds(pages)
        if held_out is None:
            missing[folds.NAME] = "no learner yet"
        else:
            rows[folds.NAME] = folds.read_held_out(pages, held_out)
    return rows, {name: times for name, (_, times) in results.items()}, missing


def _program(name: str, stack: ExitStack) -> Timed:
    if name in APART:
        return stack.enter_context(Neighbour(name, APART[name])).read
    return timed(IN_THIS_PROCESS[name]())


def _lines(
    rows: Mapping[str, Mapping[str, Row]],
    times: Mapping[str, Times],
    missing: Mapping[str, str],
    truths: Sequence[Mapping[str, object]],
) -> Iterator[list[str]]:
    yield ["", *_SCORES.values(), *_TIMES]
    for name in _NAMES:
        if name in rows:
            scores = score(truths, rows[name])
            read = {"body": any(row.body for row in rows[name].values())}
            read["authors"] = any(row.authors for row in rows[name].values())
            read["published"] = any(row.published for row in rows[name].values())
            figures = [
                f"{scores[key]:.3f}" if key in scores and read.get(key.partition("_")[0], True) else "-"
                for key in _SCORES
            ]
            yield [name, *figures, *_times(times.get(name), times.get(REFERENCE))]
        elif name in missing:
            yield [name, missing[name]]


def _times(own: Times | None, reference: Times | None) -> list[str]:
    if own is None:
        return ["-"] * len(_TIMES)
    ratios = [own.ratio_to(reference), own.median_ratio_to(reference)] if reference else []
    return [f"{own.mean:.1f}", f"{own.median:.1f}", *(f"{ratio:.2f}" for ratio in ratios)]


def _print_table(lines: list[list[str]]) -> None:
    """Print Markdown; a line with fewer columns than the head has said what it has to say."""
    head, *others = lines
    widths = [max(len(line[0]) for line in lines), *(max(6, len(name)) for name in head[1:])]
    for line in (head, ["-" * width for width in widths], *others):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=False)),
        ]
        print(f"| {' | '.join(cells)} |")


def _write(folder: Path, rows: Mapping[str, Mapping[str, Row]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in rows.items():
        lines = (
            json.dumps({"id": page, **asdict(row)} | {"published_at": row.published}, default=str)
            for page, row in found.items()
        )
        (folder / f"{name.replace(' ', '-')}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
