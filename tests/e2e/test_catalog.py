"""CATALOG: what a database holds, described so that it can be made anew; and the version that says whether it changed."""

import duckdb
import pytest

from test_databases import folder, refused, wire  # noqa: F401
from wire import messages

METADATA_VERSION = b"skein:catalog_version"

# One of each, with names that need quotes, defaults, references, nested schemas and types of one's own.
STATEMENTS = """
CREATE SCHEMA s; CREATE SCHEMA "a.b"; CREATE SCHEMA s.inner_;
CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TYPE s.pair AS STRUCT(a INTEGER, b VARCHAR);
CREATE SEQUENCE seq START 7 INCREMENT BY 3; CREATE SEQUENCE s."Se q";
CREATE TABLE parent(id INTEGER PRIMARY KEY, "select" VARCHAR NOT NULL DEFAULT 'x''y');
CREATE TABLE s.child(id INTEGER DEFAULT nextval('s."Se q"'), m mood, twice INTEGER GENERATED ALWAYS AS (id * 2),
                     CHECK (id < 1000), UNIQUE (id, m));
CREATE TABLE linked(p INTEGER REFERENCES parent(id), q INTEGER DEFAULT nextval('seq'));
CREATE TABLE s.inner_.deep(i DECIMAL(18,3)[]);
CREATE VIEW v AS SELECT id, "select" AS t FROM parent; CREATE VIEW s.w(x) AS SELECT m FROM s.child;
CREATE INDEX idx ON parent("select"); CREATE UNIQUE INDEX s_idx ON s.child((id + 1));
CREATE MACRO plus(a, b := 2) AS a + b; CREATE MACRO s.rows_of(n) AS TABLE SELECT * FROM range(n) r(i);
COMMENT ON TABLE parent IS 'the parents';
"""


def catalog(wire, **fields):
    response = wire.action("CATALOG", **fields)
    assert response.catalog_version != 0
    return response.catalog


def described(wire, **fields):
    return {key_of(entry): entry for entry in catalog(wire, in_full_count_max=1000, **fields).entries}


def key_of(entry):
    kind = messages().CatalogEntryKind.Name(entry.name.kind)
    return (kind, *entry.name.schema_path, *([entry.name.name] if entry.name.name else []))


@pytest.fixture
def one(wire, folder):  # noqa: F811
    connection = wire("--database-dir", folder, session=True)
    connection.action("CATALOG", database="x", create_database=True)
    connection.execute(STATEMENTS, database="x")
    return connection


def test_everything_is_named(one):
    answer = catalog(one, database="x")
    assert (answer.database, answer.read_only, answer.in_full) == ("x", False, False)
    names = [key_of(entry) for entry in answer.entries]
    assert len(names) == len(set(names))
    assert set(names) == {
        ("SCHEMA", "main"), ("SCHEMA", "s"), ("SCHEMA", "a.b"), ("SCHEMA", "s", "inner_"),
        ("TYPE", "main", "mood"), ("TYPE", "s", "pair"),
        ("SEQUENCE", "main", "seq"), ("SEQUENCE", "s", "Se q"),
        ("TABLE", "main", "parent"), ("TABLE", "s", "child"), ("TABLE", "main", "linked"), ("TABLE", "s", "inner_", "deep"),
        ("VIEW", "main", "v"), ("VIEW", "s", "w"),
        ("INDEX", "main", "idx"), ("INDEX", "s", "s_idx"),
        ("SCALAR_MACRO", "main", "plus"), ("TABLE_MACRO", "s", "rows_of"),
    }
    assert not any(entry.sql or entry.columns or entry.comment for entry in answer.entries)
    # Schemas before what is in them.
    seen = set()
    for entry in answer.entries:
        path = tuple(entry.name.schema_path)
        assert entry.name.kind == messages().SCHEMA or path in seen
        seen.add(path)


def test_what_is_described_can_be_made_anew(one):
    """Run on another database, under another name, the statements make what answers alike."""
    full = described(one, database="x")
    one.action("CATALOG", database="copy", create_database=True)
    statements = [entry.sql for entry in full.values() if entry.sql]
    assert not [entry for entry in full.values() if entry.error]
    assert not [sql for sql in statements if "x." in sql]
    ordered = sorted(statements, key=lambda sql: " REFERENCES " in sql)
    for sql in sorted(ordered, key=lambda sql: "INDEX" in sql.split()[1:3]):
        one.execute(sql, database="copy")
    copy = described(one, database="copy")
    assert copy.keys() == full.keys()
    for key, entry in full.items():
        assert copy[key].sql == entry.sql, key
        assert copy[key].columns == entry.columns, key
        assert copy[key].table_name == entry.table_name, key


def test_columns_are_those_of_the_oracle(one):
    full = described(one, database="x")
    parent = full["TABLE", "main", "parent"]
    assert [(column.name, column.type) for column in parent.columns] == [("id", "INTEGER"), ("select", "VARCHAR")]
    assert parent.comment == "the parents"
    assert [column.name for column in full["TABLE", "s", "child"].columns] == ["id", "m", "twice"]
    assert [(column.name, column.type) for column in full["VIEW", "main", "v"].columns] == [("id", "INTEGER"), ("t", "VARCHAR")]
    assert [column.name for column in full["VIEW", "s", "w"].columns] == ["x"]
    assert full["INDEX", "s", "s_idx"].table_name == "child"
    assert "START 7" in full["SEQUENCE", "main", "seq"].sql


def test_a_client_can_parse_every_statement(one):
    with duckdb.connect() as local:
        for entry in described(one, database="x").values():
            if entry.sql:
                assert len(local.extract_statements(entry.sql)) == 1, entry.sql


def test_some_entries_by_name(one):
    names = [
        dict(kind="TABLE", schema_path=["S"], name="CHILD"),
        dict(kind="TABLE", schema_path=["nowhere"], name="t"),
        dict(kind="TABLE", schema_path=["main"], name="absent"),
        dict(kind="SCHEMA", schema_path=["s", "inner_"]),
        # What is there may have become a view.
        dict(kind="TABLE", schema_path=["main"], name="v"),
    ]
    answer = catalog(one, database="x", entries=names)
    assert answer.in_full
    assert [key_of(entry) for entry in answer.entries] == [("TABLE", "s", "child"), ("SCHEMA", "s", "inner_"), ("VIEW", "main", "v")]
    assert all(entry.sql for entry in answer.entries)


def test_a_broken_view_harms_nobody(one):
    one.execute("CREATE TABLE gone(i INT); CREATE VIEW broken AS SELECT * FROM gone; DROP TABLE gone", database="x")
    full = described(one, database="x")
    assert "gone" in full["VIEW", "main", "broken"].error
    assert not full["VIEW", "main", "broken"].columns
    assert [key for key, entry in full.items() if entry.error] == [("VIEW", "main", "broken")]
    # As bound now, not when it was made.
    one.execute("CREATE TABLE gone(i VARCHAR, j INT)", database="x")
    assert [column.type for column in described(one, database="x")["VIEW", "main", "broken"].columns][0] == "VARCHAR"


def test_a_schema_called_like_its_database(one):
    """It keeps its name. (The engine itself finds x.q ambiguous where a database x is attached besides.)"""
    one.execute("CREATE SCHEMA x; CREATE TABLE x.x.x(x INT); CREATE SEQUENCE x.x.q; CREATE TABLE x.x.y(i INT DEFAULT nextval('x.x.q'))",
                database="x")
    full = described(one, database="x")
    with duckdb.connect() as local:
        for key in [("SCHEMA", "x"), ("SEQUENCE", "x", "q"), ("TABLE", "x", "x"), ("TABLE", "x", "y")]:
            local.execute(full[key].sql)
        local.execute("INSERT INTO x.x VALUES (1); INSERT INTO x.y VALUES (DEFAULT)")
        assert local.sql("SELECT x, i FROM x.x, x.y").fetchall() == [(1, 1)]


def test_in_full_only_when_few(one):
    count = len(catalog(one, database="x").entries)
    assert catalog(one, database="x", in_full_count_max=count).in_full
    assert not catalog(one, database="x", in_full_count_max=count - 1).in_full


def test_a_large_catalog_by_name_is_small(wire):  # noqa: F811
    one = wire()
    one.execute(";".join(f"CREATE TABLE table_{i}(i INTEGER)" for i in range(10000)))
    response = one.action("CATALOG", in_full_count_max=256)
    assert len(response.catalog.entries) == 10001 and not response.catalog.in_full
    assert response.ByteSize() <= 1 << 20


def test_a_transaction_sees_its_own_catalog_and_keeps_its_scan(one):
    one.execute("CREATE TABLE many AS SELECT * FROM range(200000) r(i)", database="x")
    transaction = one.action("BEGIN_TRANSACTION", database="x").transaction_id
    one.execute("CREATE TABLE mine(i INT)", transaction_id=transaction)
    stream = one.get("SCAN_TABLE", table_name="many", transaction_id=transaction)
    first = stream.read_chunk().data.num_rows
    assert ("TABLE", "main", "mine") in described(one, transaction_id=transaction)
    assert ("TABLE", "main", "mine") not in described(one, database="x")
    assert first + sum(chunk.data.num_rows for chunk in stream) == 200000
    one.action("ROLLBACK_TRANSACTION", transaction_id=transaction)


def version_of(wire, **fields):
    return wire.action("CATALOG", entries=[dict(kind="SCHEMA", schema_path=["main"])], **fields).catalog_version


def test_versions_change_with_the_catalog_only(one):
    where = dict(database="x")
    before = version_of(one, **where)
    assert one.execute("INSERT INTO parent VALUES (1, 'a')", **where).catalog_version == before
    assert one.query("SELECT nextval('seq')", **where) == [(7,)]
    assert version_of(one, **where) == before
    after = one.execute("CREATE TABLE another(i INT)", **where).catalog_version
    assert after not in (0, before) and version_of(one, **where) == after
    assert one.insert("another", {"i": [1]}, **where).catalog_version == after
    assert one.action("DELETE_DATA", table_name="another", **where).catalog_version == after
    assert one.action("TABLE_EXISTS", table_name="another", **where).catalog_version == after
    rows = one.get("SCAN_TABLE", table_name="another", **where)
    assert int(rows.schema.metadata[METADATA_VERSION]) == after
    assert one.action("DROP_TABLE", table_name="another", **where).catalog_version not in (0, before, after)
    # Of another database: another.
    assert version_of(one) != version_of(one, **where)


def test_versions_of_a_transaction(one):
    where = dict(database="x")
    before = version_of(one, **where)
    begun = one.action("BEGIN_TRANSACTION", **where)
    assert begun.catalog_version == before
    inside = dict(transaction_id=begun.transaction_id)
    mine = one.execute("CREATE TABLE mine(i INT)", **inside).catalog_version
    assert mine not in (0, before)
    assert version_of(one, **inside) == mine and version_of(one, **where) == before
    # Its own change counts, too.
    with refused("CATALOG_CHANGED"):
        one.execute("INSERT INTO mine VALUES (1)", catalog_version=before, **inside)
    assert one.execute("INSERT INTO mine VALUES (1)", catalog_version=mine, **inside).rows_affected == 1
    committed = one.action("COMMIT_TRANSACTION", **inside).catalog_version
    assert committed not in (0, before, mine) and version_of(one, **where) == committed


def test_a_request_of_another_catalog_is_refused_before_it_does_anything(one):
    where = dict(database="x")
    before = version_of(one, **where)
    assert one.execute("INSERT INTO parent VALUES (1, 'a')", catalog_version=before, **where).rows_affected == 1
    one.execute("ALTER TABLE parent ADD COLUMN extra INT", **where)
    with refused("CATALOG_CHANGED", '"x"'):
        one.execute("INSERT INTO parent VALUES (2, 'b')", catalog_version=before, **where)
    with refused("CATALOG_CHANGED"):
        one.query("SELECT * FROM parent", catalog_version=before, **where)
    with refused("CATALOG_CHANGED"):
        one.insert("parent", {"id": [3], "select": ["c"]}, catalog_version=before, **where)
    assert one.value("SELECT count(*) FROM parent", catalog_version=version_of(one, **where), **where) == 1


def test_a_checkpoint_of_a_known_catalog(wire, tmp_path):  # noqa: F811
    one = wire("--database", tmp_path / "a.db")
    for sql in ("CHECKPOINT", "FORCE CHECKPOINT"):
        assert one.execute(sql, catalog_version=version_of(one)).catalog_version == version_of(one)


def test_versions_are_not_those_of_another_process(wire, tmp_path):  # noqa: F811
    path = tmp_path / "a.db"
    one = wire("--database", path)
    before = version_of(one)
    assert one.server.stop() == 0
    assert version_of(wire("--database", path)) != before
