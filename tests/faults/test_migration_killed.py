"""A migration is killed at any of its statements: the database is of the version before, or of the one after."""

import random
import signal

import psycopg
import pytest

import sql.schema
from sql.errors import DatabaseUnavailableError
from sql.migrate import migrate
from sql.schema import migrations
from tests.conftest import name_of, replaced
from tests.support.cli import configuration, eventually, running, tidings, told

_SCHEMA = """
    SELECT 'column', table_name, column_name, data_type || is_nullable, column_default
      FROM information_schema.columns WHERE table_schema = 'tidings'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL
      FROM pg_constraint WHERE connamespace = 'tidings'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, NULL FROM pg_indexes WHERE schemaname = 'tidings'
    UNION ALL
    SELECT 'routine', proname, pg_get_function_identity_arguments(oid), md5(prosrc), NULL
      FROM pg_proc WHERE pronamespace = 'tidings'::regnamespace
    UNION ALL
    SELECT 'label', enumtypid::regtype::text, enumlabel, NULL, NULL FROM pg_enum
    UNION ALL
    SELECT 'migration', number::text, name, checksum, NULL FROM tidings.migrations
     ORDER BY 1, 2, 3, 4"""

# A sequence counts on, whatever is rolled back. An event trigger sees all that changes a schema.
_FAULT = """
    CREATE SEQUENCE public.num_statements;
    CREATE FUNCTION public.at_statement() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('public.num_statements') = {number} THEN PERFORM {fault}; END IF;
    END $$;
    CREATE EVENT TRIGGER at_statement ON ddl_command_start EXECUTE FUNCTION public.at_statement()"""


def _schema(url: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('tidings.migrations')").fetchone() == (None,):
            return []
        return connection.execute(_SCHEMA).fetchall()


@pytest.fixture(scope="module")
def versions(server):
    """The schema after each number of migrations, none included, and how many statements lead to the last."""
    url = server.create()
    schemas = [[]]
    with pytest.MonkeyPatch.context() as patch:
        every = migrations()
        for number in range(len(every) + 1):
            patch.setattr(sql.schema, "migrations", lambda number=number: every[:number])
            migrate(url)
            schemas.append(_schema(url))
    server.drop(url)
    return schemas


@pytest.fixture
def breaking(server):
    """Databases on which the statement of a number does something beside."""
    urls = []

    def make(number: int, fault: str) -> str:
        urls.append(server.create())
        with psycopg.connect(replaced(server.admin_url, name_of(urls[-1]))) as connection:
            connection.execute(_FAULT.format(number=number, fault=fault))
        return urls[-1]

    def mend(url: str) -> int:
        with psycopg.connect(replaced(server.admin_url, name_of(url))) as connection:
            connection.execute("DROP EVENT TRIGGER at_statement")
            return connection.execute("SELECT last_value FROM public.num_statements").fetchone()[0]

    make.mend = mend
    yield make
    for url in urls:
        server.drop(url)


def test_its_session_is_ended_at_any_statement(versions, breaking, figures, full):
    """What is left is a version as it was meant, nothing in between; the next start brings it to the last one."""
    whole = breaking(0, "1")
    migrate(whole)
    num_statements = breaking.mend(whole)
    every = range(1, num_statements + 1)
    for number in every if full else sorted(random.Random(1).sample(every, 6)):
        url = breaking(number, "pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(DatabaseUnavailableError):
            migrate(url)
        assert _schema(url) in versions, f"statement {number}"
        breaking.mend(url)
        migrate(url)
        assert _schema(url) == versions[-1]
    figures.note("statements", num_statements)


def test_its_process_is_killed_in_the_middle(versions, breaking, tmp_path):
    """Kill -9 of `tidings db migrate` while a statement runs: the same, and the next one comes through."""
    lock = 4711
    url = breaking(60, f"pg_advisory_xact_lock({lock})")
    config = configuration(tmp_path)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock])
        command = ("db", "migrate", "--config", config)
        with running(*command, log=tmp_path / "out", TIDINGS_DATABASE_URL=url) as process:
            eventually(lambda: other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0])
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    breaking.mend(url)
    assert _schema(url) in versions[:-1]
    migrate(url)
    assert _schema(url) == versions[-1]


@pytest.mark.parametrize(
    "command", [("run",), ("worker",), ("once",), ("status",), ("runs", "list"), ("sources", "list")]
)
def test_an_older_program_refuses_a_newer_schema(database_url, tmp_path, command):
    """One line that says what to do, and nothing is touched."""
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO tidings.migrations VALUES (9999, '9999_later', 'x', now())")
    line = told(tidings(*command, "--config", configuration(tmp_path), TIDINGS_DATABASE_URL=database_url), 2)
    assert "migration 9999, which this version of tidings does not know: install the newer version" in line
