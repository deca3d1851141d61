"""Certificates that nobody has signed."""

import ssl
import subprocess
from pathlib import Path

_COMMAND = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout key.pem -out cert.pem"


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key, as files in ``folder``."""
    subprocess.run(_COMMAND.split(), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def server_context(folder: Path) -> ssl.SSLContext:
    """For a server with such a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*self_signed(folder))
    return context
