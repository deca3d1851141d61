"""A WARC file cut into its records: where each begins and ends, and which of them are damaged.

Records are cut here rather than by warcio, which passes over damaged gzip data in silence, and loses with them
whatever follows in the file.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_STEP = 16 * 1024  # bytes that are read, and decompressed, at once
_LONGEST_HEAD = 64 * 1024
# Damage shows some hundred bytes behind where it is: so far back the next record is looked for.
_WINDOW = 1024 * 1024
_CANDIDATE = 1024
_GZIP = b"\x1f\x8b"
_WARC = b"WARC/"
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
# Not only at the beginning of a line: a record that was cut short ends anywhere.
_NEXT_IN_BLOCK = re.compile(rb"WARC/\d\.\d\d?\r?\n(?:WARC|Content)-[A-Za-z-]+:")
_BEGINNING = re.compile(rb"\x1f\x8b\x08|" + _NEXT_IN_BLOCK.pattern)


class WarcUnreadableError(Exception):
    """What was given is no WARC file, or one that cannot be read record by record; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One record as it stands in the file; offsets are in bytes of the file, compressed if that is."""

    offset: int
    end: int
    data: bytes
    """Header and block, decompressed; no more than was asked for."""
    size: int
    """How many bytes header and block have, kept or not."""
    damage: str | None = None


class _Tape:
    """A stream that can be looked into, and wound back by what was taken last; pipes too."""

    def __init__(self, stream: BinaryIO, offset: int) -> None:
        self._stream = stream
        self._ahead = b""
        self._at = 0
        self.offset = offset

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer only at the end of the file."""
        while len(self._ahead) - self._at < size:
            piece = self._stream.read(max(_STEP, size))
            if not piece:
                break
            self._ahead, self._at = self._ahead[self._at :] + piece, 0
        return self._ahead[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """The next bytes, which are then gone; fewer only at the end of the file."""
        data = self.peek(size)
        self._at += len(data)
        self.offset += len(data)
        return data

    def put_back(self, data: bytes) -> None:
        """Give back what was taken last."""
        self._ahead, self._at = data + self._ahead[self._at :], 0
        self.offset -= len(data)


def frames(stream: BinaryIO, *, offset: int = 0, max_bytes: int) -> Iterator[Frame]:
    """Cut ``stream``, which stands at ``offset`` of its file, into records of which ``max_bytes`` are kept.

    Plain files, and gzip files with a member per record (as the standard has it). No more than one record is held.
    A damaged record is yielded with its ``damage``, and the next one that can be found follows.

    Raises:
        WarcUnreadableError: the file does not begin as a WARC file, or several records share a gzip member.
    """
    tape = _Tape(stream, offset)
    while ahead := tape.peek(len(_WARC)):
        if ahead.startswith(_GZIP):
            frame = _compressed(tape, max_bytes)
            if frame.offset == 0 and not frame.data.startswith(_WARC) and not tape.peek(1):
                raise WarcUnreadableError("not a WARC file: in its gzip data no record begins")
            yield frame
        elif ahead.startswith(_WARC):
            yield _plain(tape, max_bytes)
        elif tape.offset == 0:
            raise WarcUnreadableError("not a WARC file: it begins neither with WARC/ nor with a gzip header")
        elif ahead[:1] in b"\r\n":
            tape.take(1)
        else:
            yield _litter(tape)


def _compressed(tape: _Tape, max_bytes: int) -> Frame:
    start, kept, size, window = tape.offset, bytearray(), 0, bytearray()
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        while not inflater.eof:
            taken = _more(tape)
            window += taken
            del window[:-_WINDOW]
            for piece in _inflated(inflater, taken):
                kept += piece[: max_bytes - len(kept)]
                size += len(piece)
    except (zlib.error, EOFError) as error:
        # A record that was cut short has taken what follows it for its own data, to the end of the file even.
        tape.put_back(bytes(window))
        _find_next(tape, after=start)
        damage = f"its gzip data are damaged ({error})" if str(error) else "its gzip data end before their end"
        return Frame(start, tape.offset, bytes(kept), size, damage)
    tape.put_back(inflater.unused_data)
    return _checked(Frame(start, tape.offset, bytes(kept), size))


def _more(tape: _Tape) -> bytes:
    taken = tape.take(_STEP)
    if not taken:
        raise EOFError
    return taken


def _inflated(inflater: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """What a step gives, in pieces, for it may be a thousand times as large."""
    while data and not inflater.eof:
        yield inflater.decompress(data, 4 * _STEP)
        data = inflater.unconsumed_tail


def _checked(frame: Frame) -> Frame:
    """A gzip member, with what is wrong with the one record that it should hold."""
    head = _END_OF_HEAD.search(frame.data, 0, _LONGEST_HEAD)
    length = _LENGTH.search(frame.data, 0, head.end()) if head else None
    if not frame.data.startswith(_WARC) or head is None or length is None:
        return _with_damage(frame, "it has no WARC header")
    size = head.end() + int(length[1])
    if frame.size < size:
        return _with_damage(frame, "it is shorter than its Content-Length")
    rest = frame.data[size:]
    if _WARC in rest[:16]:
        raise WarcUnreadableError(
            "several records are compressed as one, so that none can be found again: use"
            " 'gunzip -c FILE | tidings articles import-warc -', or recompress it ('warcio recompress')"
        )
    return Frame(frame.offset, frame.end, frame.data[:size], size)


def _with_damage(frame: Frame, damage: str) -> Frame:
    return Frame(frame.offset, frame.end, frame.data, frame.size, damage)


def _plain(tape: _Tape, max_bytes: int) -> Frame:
    start, ahead = tape.offset, tape.peek(_LONGEST_HEAD)
    end_of_head = _END_OF_HEAD.search(ahead)
    length = _LENGTH.search(ahead, 0, end_of_head.end()) if end_of_head else None
    if end_of_head is None or length is None:
        _find_next(tape, after=start)
        return Frame(start, tape.offset, b"", tape.offset - start, "it has no WARC header")
    head = tape.take(end_of_head.end())
    wanted = int(length[1])
    block = tape.take(min(wanted, max(max_bytes - len(head), 0)))
    passed = len(block) + _pass_over(tape, wanted - len(block))
    size = len(head) + passed
    if passed == wanted and tape.peek(_STEP)[:1] in b"\r\n":
        return Frame(start, tape.offset, head + block, size)
    return _cut_short(tape, Frame(start, tape.offset, head + block, size), passed, wanted)


def _cut_short(tape: _Tape, frame: Frame, passed: int, wanted: int) -> Frame:
    """A record that does not end where it says: because the file does, or because its length is wrong."""
    following = _NEXT_IN_BLOCK.search(frame.data, 1)
    if following and frame.size == len(frame.data):
        tape.put_back(frame.data[following.start() :])
        frame = Frame(frame.offset, tape.offset, frame.data[: following.start()], following.start())
        return _with_damage(frame, "the next record begins within it")
    if passed < wanted:
        return _with_damage(frame, "the file ends within it")
    if tape.peek(len(_WARC)) == _WARC:  # some writers leave out the empty lines
        return frame
    _find_next(tape, after=frame.offset)
    return Frame(frame.offset, tape.offset, frame.data, frame.size, "it is longer than its Content-Length")


def _pass_over(tape: _Tape, size: int) -> int:
    passed = 0
    while passed < size and (taken := tape.take(min(_STEP, size - passed))):
        passed += len(taken)
    return passed


def _litter(tape: _Tape) -> Frame:
    start = tape.offset
    _find_next(tape, after=start)
    return Frame(start, tape.offset, b"", tape.offset - start, "no record begins here")


def _find_next(tape: _Tape, *, after: int) -> None:
    """Go to the next place behind ``after`` where a record begins, else to the end of the file."""
    if tape.offset == after:
        tape.take(1)
    while ahead := tape.peek(4 * _STEP):
        for found in _BEGINNING.finditer(ahead):
            if _begins_record(ahead[found.start() : found.start() + _CANDIDATE]):
                tape.take(found.start())
                return
        # What begins near the end of what we see is looked at again with what follows.
        tape.take(len(ahead) - _CANDIDATE if len(ahead) == 4 * _STEP else len(ahead))


def _begins_record(data: bytes) -> bool:
    if data.startswith(_WARC):
        return True
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data, len(_WARC)) == _WARC
    except zlib.error:
        return False
