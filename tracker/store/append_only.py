"""Append-only tables (只增表): triggers by which a database refuses to change or delete what was recorded."""

from collections.abc import Iterable, Mapping, Sequence

MESSAGE = "a record is never changed or deleted"
Keys = Mapping[str, Sequence[Sequence[str]]]  # the unique keys of each table


def refuse_changes(tables: Keys, engine: str) -> list[str]:
    """The statements for `sqlite` or `postgresql` that let nobody change, delete or (there) empty these tables.

    SQLite's REPLACE deletes past a delete trigger: so a key that is taken is refused before it could.
    """
    if engine == "sqlite":
        return [statement for table, keys in tables.items() for statement in _sqlite(table, keys)]
    return [statement for table in tables for statement in _postgres(table)]


def forget_refusals(tables: Iterable[str], engine: str) -> list[str]:
    """The statements after the tables were dropped, with their triggers: what is left of them."""
    return [] if engine == "sqlite" else [f"DROP FUNCTION {_function(table)}" for table in tables]


def _sqlite(table: str, keys: Sequence[Sequence[str]]) -> list[str]:
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table}: {MESSAGE}'); END"
    same = " OR ".join(" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys)
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 names of our own tables
    return [
        f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} WHEN {taken} {refusal}",
    ]


def _postgres(table: str) -> list[str]:
    function = _function(table)
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table}: {MESSAGE}'; END $$",
        f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}",
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}",
    ]


def _function(table: str) -> str:
    return f"refuse_change_of_{table}()"
