"""Bodies without their content codings: the whole, or a failure; never a part."""

import gzip
import os
import zlib
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.download.codings import UndecodableError, content_codings, decoded, looks_like_text, zstd


def raw_deflate(data):
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


CODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw deflate": raw_deflate,
    "br": lambda data: brotli.compress(data, quality=4),
    "zstd": zstd.compress,
}
BODIES = {
    "nothing": b"",
    "one byte": b"a",
    "text": b"<p>The ferry runs again.</p>" * 10_000,
    "noise": os.urandom(200_000),
    "zeros": bytes(3_000_000),
}


def coding(name):
    return name.removeprefix("raw ")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("inner", CODERS)
@pytest.mark.parametrize("outer", CODERS)
def test_codings_are_undone_in_turn(outer, inner, body):
    """Each coding alone and over each other gives back what went in, in pieces of bounded size."""
    data = CODERS[outer](CODERS[inner](body))
    pieces = list(decoded(data, (coding(inner), coding(outer))))
    assert b"".join(pieces) == body
    assert max(map(len, pieces), default=0) <= 256 * 1024


@pytest.mark.parametrize("body", [BODIES["text"], BODIES["noise"]], ids=["text", "noise"])
@pytest.mark.parametrize("name", CODERS)
def test_a_cut_body_is_a_failure(name, body):
    """Wherever it was cut, down to the last byte."""
    data = CODERS[name](body)
    for length in (1, 10, len(data) // 2, len(data) - 1):
        with pytest.raises(UndecodableError):
            list(decoded(data[:length], (coding(name),)))


@given(st.binary(min_size=1, max_size=300), st.sampled_from(sorted(CODERS)))
def test_noise_never_breaks_anything_else(noise, name):
    """Any bytes at all are decoded, or fail in the one way that is expected."""
    with suppress(UndecodableError):
        list(decoded(noise, (coding(name),)))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_data_in_parts_are_one_body(name):
    """Parts follow each other, and what comes after the last is litter."""
    part = CODERS[name](b"abc")
    assert b"".join(decoded(part * 3, (name,))) == b"abcabcabc"
    assert b"".join(decoded(part * 3 + bytes(100), (name,))) == b"abcabcabc"


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_million_parts_of_nothing_are_refused(name):
    """What takes long and comes to nothing is not read to its end."""
    with pytest.raises(UndecodableError, match="parts"):
        list(decoded(CODERS[name](b"") * 100_000, (name,)))


def test_a_window_larger_than_the_webs_is_refused():
    """A sender of zstd may ask for gigabytes; RFC 9659 allows 8 MB."""
    options = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    with pytest.raises(UndecodableError, match="memory"):
        list(decoded(zstd.compress(bytes(200_000_000), options=options), ("zstd",)))


@pytest.mark.parametrize(
    ("values", "codings"),
    [
        ([], ()),
        ([b""], ()),
        ([b"identity"], ()),
        ([b"UTF-8"], ()),
        ([b"GZip"], ("gzip",)),
        ([b"gzip, br"], ("gzip", "br")),
        ([b"gzip", b" br ,identity"], ("gzip", "br")),
        ([b"\xe4\xff"], ("äÿ",)),
    ],
)
def test_codings_are_read_from_headers(values, codings):
    """In any case, in one header or several, without those that do nothing."""
    assert content_codings(values) == codings


@pytest.mark.parametrize("codings", [("bogus",), ("gzip", "bogus"), ("gzip",) * 4])
def test_what_was_not_asked_for_is_refused(codings):
    """Neither an unknown coding, nor more than three of them."""
    with pytest.raises(UndecodableError):
        list(decoded(b"abc", codings))


def test_compressed_data_do_not_look_like_text():
    """Text has no control characters but those that lay it out."""
    assert looks_like_text("<!doctype html>\r\n\t<p>Fährhafen".encode())
    assert not any(looks_like_text(coder(BODIES["text"])) for coder in CODERS.values())
