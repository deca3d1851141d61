"""What a source may be asked with, where its secrets are looked for, and who is told."""

import base64
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import crawler
from crawler import source as source_module
from crawler.access import resolve_access
from crawler.configuration import ConfigurationError, load
from crawler.download.access import settings_for
from crawler.logs import Redactor
from crawler.references import SecretMissingError
from crawler.source import Source

URL = "https://gazette.example/"


def source(**more):
    return Source.model_validate({"name": "gazette", "url": URL, **more})


def complaint(**more):
    with pytest.raises(ValidationError) as raised:
        source(**more)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Authorization", "use basic_auth or bearer_token"),
        ("cookie", "use cookies"),
        ("User-Agent", "use user_agent"),
        ("Proxy-Authorization", "use proxy"),
        ("Host", "set by the downloader itself"),
        ("Content-Length", "set by the downloader itself"),
        ("X Key", "not the name of a header"),
    ],
)
def test_headers_with_a_key_of_their_own_are_refused(name, advice):
    """The message says what to write in their place."""
    assert advice in complaint(headers={name: "1"})


@pytest.mark.parametrize(
    "more", [{"headers": {"X": "a\r\nB: c"}}, {"cookies": {"a": "b; c=d"}}, {"user_agent": "a\nb"}]
)
def test_no_value_can_add_a_line_or_a_cookie(more):
    """Line breaks and separators are refused."""
    complaint(**more)


@pytest.mark.parametrize("key", ["basic_auth", "bearer_token"])
def test_a_secret_in_the_clear_is_refused(key):
    """The message says how to keep it elsewhere, and does not repeat it."""
    told = complaint(**{key: "reader:hunter2"})
    assert '"env:NAME"' in told
    assert "hunter2" not in told


def test_a_proxy_with_its_log_in_in_the_clear_is_refused():
    """So is a password within a proxy's URL, and a proxy that is none."""
    told = complaint(proxy="http://reader:hunter2@proxy.example:3128")
    assert '"env:NAME"' in told
    assert "hunter2" not in told
    assert "http://proxy.example:3128" in complaint(proxy="socks5://proxy.example")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"basic_auth": "env:A", "bearer_token": "env:B"}, "keep one of them"),
        ({"http2": True, "proxy": "http://proxy.example"}, "over HTTP/1.1"),
        ({"headers": {"X": "env:not-a-name"}}, "is no reference"),
        ({"cookies": {"a": "file:relative"}}, "is no reference"),
    ],
)
def test_what_cannot_be_meant_is_refused(more, told):
    """Two ways in at once, and references that are none, are errors of the configuration."""
    assert told in complaint(**more)


def test_an_error_names_its_line(tmp_path):
    """The line of the key is told, as for every other key."""
    path = tmp_path / "tidings.toml"
    path.write_text(f'[[source]]\nname = "gazette"\nurl = "{URL}"\nheaders = {{ Cookie = "a=b" }}\n')
    with pytest.raises(ConfigurationError, match=r"tidings\.toml:4: source 'gazette', headers: .*use cookies"):
        load(path, {})


def test_http2_without_its_package_is_refused(monkeypatch):
    """The message names the command that installs it."""
    monkeypatch.setattr(source_module, "find_spec", lambda _: None)
    assert "pip install 'tidings[http2]'" in complaint(http2=True)


def test_the_definition_keeps_references():
    """What is stored of a source is what was written."""
    written = {"basic_auth": "env:LOGIN", "cookies": {"a": "file:/run/secrets/a"}, "verify_tls": False}
    assert source(**written).definition() == {"name": "gazette", "url": URL, **written}
    assert Source.model_validate(source(**written).definition()) == source(**written)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"basic_auth": "env:LOGIN"}, "basic_auth: the environment variable LOGIN is not set"),
        ({"bearer_token": "file:/nowhere/token"}, "bearer_token: /nowhere/token cannot be read: No such file"),
        ({"headers": {"X-Key": "env:BLANK"}}, "headers.X-Key: the environment variable BLANK is not set"),
        ({"cookies": {"a": "env:LINES"}}, "cookies.a: env:LINES holds characters that cannot be sent"),
        ({"basic_auth": "env:TOKEN"}, "basic_auth: env:TOKEN does not hold USER:PASSWORD"),
        ({"proxy": "env:TOKEN"}, "proxy: what env:TOKEN holds is not the URL of a proxy"),
    ],
)
def test_a_secret_that_cannot_be_had_is_named(more, told):
    """Key, and variable or file; what was found is not repeated."""
    with pytest.raises(SecretMissingError) as raised:
        resolve_access(source(**more), {"BLANK": " ", "LINES": "a\nb", "TOKEN": "t0ken"})
    assert str(raised.value).startswith(told)
    assert "t0ken" not in str(raised.value)


def test_secrets_are_cut_out_in_every_form():
    """A password alone, a whole log-in, and its form in a header; no representation shows them either."""
    access = resolve_access(source(basic_auth="env:LOGIN"), {"LOGIN": 'reader:hun"ter2 '})
    encoded = base64.b64encode(b'reader:hun"ter2').decode()
    assert access.headers_for(URL) == {"Authorization": f"Basic {encoded}"}
    redact = Redactor()
    redact.learn(access.secrets)
    for text in ('reader:hun"ter2', 'hun"ter2', 'hun\\"ter2', "hun%22ter2", encoded):
        assert redact(f"<{text}>") == "<***>"
    assert "ter2" not in repr(access)
    assert encoded not in repr(access)


ACCESS = {"cookies": {"a": "b"}, "headers": {"X": "1"}, "bearer_token": "env:TOKEN"}


@pytest.mark.parametrize(
    ("url", "named", "told"),
    [
        ("https://gazette.example/1", URL, {"X", "Cookie", "Authorization"}),
        ("https://www.example.org/1", "https://example.org/", {"X", "Cookie"}),
        ("https://feeds.example/1", URL, {"X", "Cookie", "Authorization"}),
        ("https://more.example/1", URL, {"X", "Cookie"}),
        ("https://gazette.example.net/1", URL, set()),
        ("https://elsewhere.example/1", URL, set()),
        ("https://gazette.example:8443/1", URL, {"X", "Cookie"}),
        ("http://gazette.example/1", URL, set()),
        ("http://gazette.example/1", "http://gazette.example/", {"X", "Cookie", "Authorization"}),
        ("https://gazette.example/1", "http://gazette.example/", {"X", "Cookie", "Authorization"}),
    ],
)
def test_who_is_told_what(url, named, told):
    """Headers and cookies stay on its own sites, the log-in on the hosts named; http is not told what https is."""
    gazette = source(**ACCESS | {"url": named, "feeds": ["https://feeds.example/rss"], "hosts": ["more.example"]})
    assert set(resolve_access(gazette, {"TOKEN": "t"}).headers_for(url)) == told


def test_settings_of_a_source():
    """Only what a source says of itself is laid over the settings of all."""
    assert settings_for(source()) == {}
    told = settings_for(source(user_agent="bot/1", delay="250ms", verify_tls=False, http2=True))
    assert told == {
        "USER_AGENT": "bot/1",
        "DOWNLOAD_DELAY": 0.25,
        "DOWNLOAD_VERIFY_CERTIFICATES": False,
        "DOWNLOAD_HANDLERS": {"https": "crawler.download.http2.Http2Handler"},
    }


def test_every_key_of_a_source_is_documented():
    """The section on a source in full in crawler/README.md has each of them once, by the name that it has."""
    text = (Path(crawler.__file__).parent / "README.md").read_text(encoding="utf-8")
    example = re.search(r"## A source in full\n.*?```toml\n(.*?)```", text, re.DOTALL)[1]
    assert sorted(re.findall(r"^(?:# )?(\w+) = ", example, re.MULTILINE)) == sorted(Source.model_fields)
