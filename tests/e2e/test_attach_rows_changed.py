"""How many rows a statement changed, as the shell's `.changes on` reads it: as if the database were a local one."""

import itertools

import pytest

from native_client import Native
from skein_server import Server

numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--database-dir", tmp_path_factory.mktemp("databases")) as server:
        yield server


STATEMENTS = (
    "CREATE TABLE r.t (i INTEGER PRIMARY KEY, s VARCHAR)",
    "INSERT INTO r.t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "INSERT INTO r.t SELECT i + 3, 'here' FROM here",
    "INSERT INTO r.t VALUES (1, 'x') ON CONFLICT DO NOTHING",
    "INSERT INTO r.t SELECT i, 'y' FROM here ON CONFLICT DO UPDATE SET s = excluded.s",
    "UPDATE r.t SET s = 'u' WHERE i < 3",
    "UPDATE r.t SET s = 'v' FROM here WHERE t.i = here.i",
    "DELETE FROM r.t WHERE i = 3",
    "DELETE FROM r.t USING here WHERE t.i = here.i",
    "MERGE INTO r.t USING here ON t.i = here.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (here.i, 'm')",
    "INSERT INTO r.t VALUES (100, 'r') RETURNING i",
    "CREATE TABLE r.u AS FROM r.t",
    "ALTER TABLE r.u ADD COLUMN x INTEGER",
    "TRUNCATE r.u",
    "DROP TABLE r.u",
    "SELECT * FROM r.t",
)


@pytest.mark.parametrize("disabled", ["", "remote_pushdown"])
def test_the_same_as_locally(server, disabled):
    seen = []
    for attach in (f"'{server.uri}/db{next(numbers)}' AS r (TYPE skein, CREATE true)", "':memory:' AS r"):
        native = Native()
        native.run(f"ATTACH {attach}")
        native.run("CREATE TABLE here AS SELECT range::INTEGER AS i FROM range(1, 3)")
        native.run(f"SET disabled_optimizers = '{disabled}'")
        seen.append([(sql, *native.result(sql)) for sql in STATEMENTS])
        native.close()
    assert seen[0] == seen[1]
