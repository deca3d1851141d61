"""How the browser is found and started."""

import pytest

from crawler.download.browser import (
    BrowserMissingError,
    find_browser,
    launch_options,
    settings_for_browser,
)
from crawler.source import Source


def program(folder, name):
    """An executable file."""
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_pages_are_rendered_only_where_it_is_asked_for():
    """A source is read without a browser unless it says otherwise."""
    assert Source(name="a", url="https://a.example").javascript is False
    assert Source(name="a", url="https://a.example", javascript=True).javascript is True


def test_a_run_that_renders_has_another_handler():
    """Both schemes go through the handler that renders."""
    handlers = settings_for_browser()["DOWNLOAD_HANDLERS"]
    assert handlers == dict.fromkeys(("http", "https"), "crawler.download.rendering.RenderingHandler")


def test_the_browser_is_the_first_on_the_path(tmp_path):
    """Debian's name comes first; Google's own build will do."""
    chrome = program(tmp_path, "google-chrome")
    assert find_browser(None, path=str(tmp_path)) == str(chrome)
    chromium = program(tmp_path, "chromium")
    assert find_browser(None, path=str(tmp_path)) == str(chromium)


def test_the_operator_may_name_the_browser(tmp_path):
    """``[crawl] browser`` goes before what is on the path."""
    program(tmp_path, "chromium")
    mine = program(tmp_path, "my-browser")
    assert find_browser(mine, path=str(tmp_path)) == str(mine)


def test_a_missing_browser_is_told_with_how_to_mend_it(tmp_path):
    """Both what is not installed and what is named wrongly."""
    with pytest.raises(BrowserMissingError, match="apt-get install chromium"):
        find_browser(None, path=str(tmp_path))
    with pytest.raises(BrowserMissingError, match=r"\[crawl\] browser: .*/nothing is not a program"):
        find_browser(tmp_path / "nothing", path=str(tmp_path))


def test_the_sandbox_is_given_up_by_root_alone():
    """Chromium does not start as root with its sandbox, and nobody else does without."""
    assert launch_options("chromium", is_root=True)["chromium_sandbox"] is False
    assert launch_options("chromium", is_root=False)["chromium_sandbox"] is True


def test_the_browser_has_no_network_and_no_secrets():
    """It reaches nothing by itself, and does not see the settings that the worker has in its environment."""
    environ = {"PATH": "/bin", "TIDINGS_DATABASE_URL": "postgresql://u:hunter2@db/x"}
    options = launch_options("chromium", is_root=False, environ=environ)
    assert options["env"] == {"PATH": "/bin"}
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in options["args"]
    assert "--proxy-bypass-list=<-loopback>" in options["args"]
