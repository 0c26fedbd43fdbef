"""Inserts many rows at once, in the fastest way that the database has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import DBAPIError

from .schema import Base


def insert_all(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, within the connection's transaction.

    PostgreSQL gets them by `COPY` if its driver is psycopg, which is twice as fast as `executemany`.

    Raises:
        SQLAlchemyError: If the database refuses.
    """
    if not rows:
        return
    if connection.dialect.driver == "psycopg":
        _copy(connection, Base.metadata.tables[table.__tablename__], rows)
    else:
        connection.execute(insert(table), rows)


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = [*rows[0]]
    columns = ", ".join(map(quote, names))
    bound = [_binder(connection, table, name) for name in names]
    statement = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    dbapi: Any = connection.dialect.loaded_dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([bind(row[name]) for name, bind in zip(names, bound, strict=True)])
    except dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dbapi.Error, dialect=connection.dialect) from error


def _binder(connection: Connection, table: Table, name: str) -> Callable[[Any], Any]:
    kind = table.columns[name].type
    bind = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return bind or (lambda value: value)
