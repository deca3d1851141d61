"""What a failure of the database means."""

import psycopg
import pytest
from psycopg import errors

from sql.errors import (
    BadRowError,
    ConflictError,
    DatabaseError,
    DatabaseUnavailableError,
    SchemaError,
    kind_of,
    translated,
)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08006", DatabaseUnavailableError),  # connection_failure
        ("22001", BadRowError),  # string_data_right_truncation
        ("22P05", BadRowError),  # untranslatable_character
        ("23505", BadRowError),  # unique_violation
        ("23514", BadRowError),  # check_violation
        ("25006", DatabaseUnavailableError),  # read_only_sql_transaction
        ("25P02", DatabaseError),  # in_failed_sql_transaction: something else came before
        ("25P03", DatabaseUnavailableError),  # idle_in_transaction_session_timeout
        ("25P04", DatabaseUnavailableError),  # transaction_timeout
        ("28P01", DatabaseUnavailableError),  # invalid_password
        ("3D000", DatabaseUnavailableError),  # invalid_catalog_name
        ("3F000", SchemaError),  # invalid_schema_name
        ("40001", ConflictError),  # serialization_failure
        ("40P01", ConflictError),  # deadlock_detected
        ("42501", SchemaError),  # insufficient_privilege
        ("42601", DatabaseError),  # syntax_error: ours
        ("42P01", SchemaError),  # undefined_table
        ("53100", DatabaseUnavailableError),  # disk_full
        ("53200", DatabaseUnavailableError),  # out_of_memory
        ("53300", DatabaseUnavailableError),  # too_many_connections
        ("54000", BadRowError),  # program_limit_exceeded
        ("55P03", ConflictError),  # lock_not_available
        ("57014", DatabaseUnavailableError),  # query_canceled
        ("57P01", DatabaseUnavailableError),  # admin_shutdown
        ("57P02", DatabaseUnavailableError),  # crash_shutdown
        ("57P03", DatabaseUnavailableError),  # cannot_connect_now
        ("57P05", DatabaseUnavailableError),  # idle_session_timeout
        ("58030", DatabaseUnavailableError),  # io_error
        ("XX001", DatabaseError),  # data_corrupted: waiting will not mend it
    ],
)
def test_every_kind_of_failure_has_its_meaning(state, kind):
    """What passes is waited out, what is in the way is tried again, and a bad row costs itself alone."""
    assert kind_of(errors.lookup(state)("")) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.OperationalError("server closed the connection"), DatabaseUnavailableError),
        (psycopg.InterfaceError("the connection is closed"), DatabaseUnavailableError),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL"), BadRowError),
        (psycopg.ProgrammingError("no results"), DatabaseError),
    ],
)
def test_what_the_driver_says_itself_has_its_meaning(error, kind):
    """An error without a state is known by its class, and its first line is kept."""
    with pytest.raises(kind, match=str(error)) as raised, translated():
        raise error
    assert type(raised.value) is kind
