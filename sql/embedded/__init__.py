"""The embedded server: PostgreSQL 18 from an installed package, started on demand and shared by its users.

Whoever uses the server of a data directory holds a shared lock on a file (a lease). A keeper process, the
server's parent, waits until nobody holds one and then stops the server. All counting is left to the kernel,
so any of them may be killed at any moment: without users the keeper ends the server, without a keeper the
kernel does, and the next user finds a directory that starts. A user who stays long watches, and is that next user.
"""

from sql.embedded.binaries import installed_postgres
from sql.embedded.layout import EmbeddedPostgresError, default_data_dir
from sql.embedded.lease import embedded_postgres, superuser_url, wait_until_stopped

__all__ = [
    "EmbeddedPostgresError",
    "default_data_dir",
    "embedded_postgres",
    "installed_postgres",
    "superuser_url",
    "wait_until_stopped",
]
