"""The typed form of a ``[[source.rules]]`` table: how the pages of a source are read, and from when until when."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crawler.patterns import compile_pattern
from crawler.rules import DateOrder, Rules, Selector, compile_expression

FieldName = Literal[
    "headline",
    "alternative_headline",
    "description",
    "article_body",
    "authors",
    "article_section",
    "keywords",
    "in_language",
    "date_published",
    "date_modified",
    "main_image_url",
    "main_image_caption",
    "main_image_credit",
    "dateline",
    "canonical_url",
]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_XPATH = ("/", "./", "(")
_KEYS = ("css", "xpath", "attribute", "match")
_YEAR = re.compile("%[YyGcx]")
_SAMPLE = datetime(2003, 2, 1, 16, 5, 6)  # noqa: DTZ001 (written and read again; every part differs)


def _read_day(value: object) -> object:
    """TOML's dates, and text that is written like one: a number would be read as seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:  # the 31st of June
        pass
    raise ValueError(f"{str(value)!r} is not a day; write it like 2022-02-25")


def _read_selectors(written: object) -> tuple[Selector, ...]:
    """The selectors of a field, written as one expression or as a list of them; raises ValueError."""
    entries = written if isinstance(written, list | tuple) else [written]
    if not entries:
        raise ValueError("has no expression: leave it out, or write one")
    return tuple(_read_selector(entry) for entry in entries)


def _read_selector(written: object) -> Selector:
    if isinstance(written, str):
        selector = Selector("xpath" if written.startswith(_XPATH) else "css", written)
    elif isinstance(written, dict):
        selector = _read_table(written)
    else:
        raise ValueError('must be a CSS selector or an XPath in quotes, or { css = "..." } or { xpath = "..." }')  # noqa: TRY004 (pydantic reports ValueError)
    compile_expression(selector.language, selector.expression)
    if selector.match is not None:
        compile_pattern(selector.match)
    return selector


def _read_table(written: dict[Any, Any]) -> Selector:
    if unknown := next((key for key in written if key not in _KEYS), None):
        raise ValueError(f"{unknown!r} is no key of an expression: there are {', '.join(_KEYS)}")
    if wrong := next((key for key, value in written.items() if not isinstance(value, str) or not value), None):
        raise ValueError(f"{wrong} must be text in quotes")
    if len({"css", "xpath"} & written.keys()) != 1:
        raise ValueError("must have one of css and xpath")
    language: Literal["css", "xpath"] = "css" if "css" in written else "xpath"
    return Selector(language, written[language], written.get("attribute"), written.get("match"))


def _check_field(written: object) -> object:
    """Kept as it is written, so that what is stored and exported reads as the operator wrote it."""
    _read_selectors(written)
    return written


def _check_remove(written: object) -> object:
    for selector in _read_selectors(written):
        if selector.attribute or selector.match:
            raise ValueError("takes elements out whole: leave out attribute and match")
    return written


def _check_format(form: str) -> str:
    """A format that names a day, and that Python reads as it writes it; raises ValueError."""
    try:
        read = datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007 (only the day counts)
    except ValueError as error:
        raise ValueError(f"{form!r} is not a date format: {error}") from None
    if not _YEAR.search(form) or read.date() != _SAMPLE.date():
        raise ValueError(f'{form!r} does not name year, month and day; write it like "%d %b %Y, %I:%M %p"')
    return form


Day = Annotated[date, BeforeValidator(_read_day)]
FieldRule = Annotated[Any, AfterValidator(_check_field)]


class RuleTable(BaseModel):
    """One set of rules, which holds from the first to the last of its days, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    valid_from: Day | None = None
    valid_until: Day | None = None
    fields: dict[FieldName, FieldRule] = Field(default_factory=dict)
    remove: Annotated[Any, AfterValidator(_check_remove)] = ()
    date_formats: tuple[Annotated[str, AfterValidator(_check_format)], ...] = ()
    date_order: DateOrder | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.fields or self.remove or self.date_formats or self.date_order):
            raise ValueError("says nothing: write fields, remove, date_formats or date_order")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("has a valid_from after its valid_until")
        if any(selector.attribute or selector.match for selector in self.rules.fields.get("article_body", ())):
            raise ValueError("fields.article_body takes elements whole: leave out attribute and match")
        return self

    @cached_property
    def rules(self) -> Rules:
        """What it says, as extraction reads it."""
        return Rules(
            fields={name: _read_selectors(written) for name, written in self.fields.items()},
            remove=_read_selectors(self.remove) if self.remove else (),
            date_formats=self.date_formats,
            date_order=self.date_order,
        )

    def holds_on(self, day: date) -> bool:
        """Whether it is the one for pages of this day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


def check_list(written: object) -> object:
    """What a single pair of brackets makes of the table is told in words; raises ValueError."""
    if isinstance(written, dict):
        raise ValueError("write [[source.rules]], with two brackets")  # noqa: TRY004 (pydantic reports ValueError)
    return written


def check_days(tables: Sequence[RuleTable]) -> Sequence[RuleTable]:
    """Sets of rules of which at most one holds on any day; raises ValueError."""
    ordered = sorted(enumerate(tables, start=1), key=lambda entry: entry[1].valid_from or date.min)
    for (one, before), (two, after) in pairwise(ordered):
        day = after.valid_from or date.min
        if before.holds_on(day):
            since = f"on {day}" if after.valid_from else "without a valid_from"
            raise ValueError(
                f"number {one} and number {two} both hold {since}: end one of them with valid_until"
                " on the day before the other's valid_from"
            )
    return tables
