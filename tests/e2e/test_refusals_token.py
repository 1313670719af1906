"""Tokens: missing, wrong, and expired, which is one that the server's token file held before it was read again (SIGHUP)."""

import contextlib
import signal
import threading

import duckdb
import grpc
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from refusals import Commands, Refused, finish, refused_by_flight, refused_by_sql
from test_refusals_uploads import OPENING, flight_data, HEADER, BODY
from test_server_access import METHODS, refused
from twin import quoted, wait_until
from wire import Wire

OLD, NEW = "planted-old-0123456789", "planted-new-0123456789"
STATEMENTS = [
    "CALL register_remote_table('x', {uri}, 'ducks'{token})",
    "FROM skein_query({uri}, 'SELECT 1'{token})",
    "CALL skein_execute({uri}, 'DELETE FROM ducks'{token})",
    "CALL skein_drop_table({uri}, 'ducks'{token})",
]


class TokenServer:
    """A server with a token file, and the table ducks with one row."""

    def __init__(self, start, folder):
        self.path = folder / "token"
        self.write(OLD)
        self.server = start("--token-file", self.path)
        self.uri = self.server.uri
        with self.wire(OLD) as wire:
            wire.execute("CREATE TABLE ducks (id INTEGER, name VARCHAR); INSERT INTO ducks VALUES (1, 'teal')")

    def write(self, text):
        self.path.write_text(text)
        self.path.chmod(0o600)

    def wire(self, token, session=None):
        return Wire(self.uri, token=token, session=session)

    def replace(self):
        self.write(NEW)
        self.server.signal(signal.SIGHUP)
        self.server.wait_for_line('event="token replaced"')

    def rows(self, token=NEW):
        with self.wire(token) as wire:
            return wire.query("FROM ducks ORDER BY ALL")


@pytest.fixture
def guarded(server_factory, tmp_path):
    return TokenServer(server_factory, tmp_path)


@pytest.mark.parametrize("token, says", [("", "carried none"), (", token := ''", "carried none"), (", token := 'wrong'", "is not the server's")])
def test_missing_and_wrong(guarded, client, token, says):
    for statement in STATEMENTS:
        answer = refused_by_sql(client, statement.format(uri=quoted(guarded.uri), token=token))
        assert answer.name == "PermissionException" and says in answer.text and OLD not in answer.text, answer
    answer = refused_by_sql(client, f"ATTACH {quoted(guarded.uri)} AS x (TYPE skein{token.replace(':=', '')})")
    assert answer.name == "PermissionException" and says in answer.text, answer
    commands = Commands(guarded.uri, "wrong" if "wrong" in token else None)
    answer = commands.run("execute", "DELETE FROM ducks")
    commands.close()
    assert isinstance(answer, Refused) and answer.name == "NOT_AUTHENTICATED" and says in answer.text
    assert client.execute(f"FROM skein_query({quoted(guarded.uri)}, 'FROM ducks', token := {quoted(OLD)})").fetchall() == [(1, "teal")]


def test_an_expired_one_is_refused_by_every_method(guarded):
    with guarded.wire(OLD) as wire:
        assert wire.value("SELECT 42") == 42
        guarded.write(NEW)
        # The file alone changes nothing: it is read again when told so.
        assert wire.value("SELECT 42") == 42
        guarded.replace()
        for name, call in METHODS.items():
            if name != "Handshake":  # It sends an authorization header of its own.
                assert "is not the server's" in refused(call, wire), name
    assert guarded.rows() == [(1, "teal")]
    assert OLD not in guarded.server.log and NEW not in guarded.server.log


def test_sessions_of_an_expired_one_are_over(guarded):
    with guarded.wire(OLD) as wire:
        session = wire.action("OPEN_SESSION").session_id
    with guarded.wire(OLD, session) as own, guarded.wire(NEW, session) as stolen, guarded.wire(NEW) as other:
        transaction = own.action("BEGIN_TRANSACTION").transaction_id
        own.execute("DELETE FROM ducks", transaction_id=transaction)
        guarded.replace()
        assert refused_by_flight(lambda: own.action("COMMIT_TRANSACTION", transaction_id=transaction)).name == "NOT_AUTHENTICATED"
        assert refused_by_flight(lambda: stolen.action("COMMIT_TRANSACTION", transaction_id=transaction)).name == "SESSION_NOT_FOUND"
        assert guarded.rows() == [(1, "teal")]
        # Nothing of the transaction is left that this could conflict with.
        assert other.execute("UPDATE ducks SET name = 'eider'").rows_affected == 1


def test_a_scan_under_way_ends_and_says_so(guarded):
    with guarded.wire(OLD) as wire:
        reader = wire.get("EXECUTE_SQL", sql="SELECT range FROM range(1000000000000)")
        assert reader.read_chunk().data.num_rows > 0
        guarded.replace()
        answer = refused_by_flight(lambda: [None for _ in reader])
    assert answer.name == "NOT_AUTHENTICATED" and "new token" in answer.text


def test_an_upload_under_way_leaves_nothing(guarded):
    rows = pa.record_batch({"id": pa.array([2], pa.int32())})
    with guarded.wire(OLD) as wire:
        upload = wire.put(rows.schema, table_name="ducks")
        upload[0].write_batch(rows)
        wait_until(lambda: wire.statistics().rows_received > 0, "the first batch to arrive")
        guarded.replace()
        with contextlib.suppress(flight.FlightError, pa.ArrowException):
            upload[0].write_batch(rows)
        answer = refused_by_flight(lambda: finish(upload))
    assert answer.name == "NOT_AUTHENTICATED", answer
    assert guarded.rows() == [(1, "teal")]


def test_a_call_let_in_before_and_begun_after(guarded):
    """Flight checks a call's headers when it comes; its request may come much later."""
    go = threading.Event()

    def messages():
        go.wait()
        yield OPENING
        yield flight_data(HEADER, BODY)

    with grpc.insecure_channel(guarded.uri.split("://")[1]) as channel:
        put = channel.stream_stream("/arrow.flight.protocol.FlightService/DoPut")
        call = put(messages(), metadata=[("authorization", f"Bearer {OLD}")])
        # Answered on the same connection: the headers sent before have arrived.
        schema = channel.unary_stream("/arrow.flight.protocol.FlightService/ListActions")
        assert list(schema(b"", metadata=[("authorization", f"Bearer {OLD}")]))
        guarded.replace()
        go.set()
        with pytest.raises(grpc.RpcError) as failure:
            list(call)
    assert failure.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert guarded.rows() == [(1, "teal")]


def test_the_extension_with_an_expired_one(guarded, client):
    registered = "CALL register_remote_table('ducks', {}, 'ducks', token := {}, replace := true)"
    client.execute(registered.format(quoted(guarded.uri), quoted(OLD)))
    client.execute("BEGIN")
    client.execute("INSERT INTO ducks VALUES (2, 'eider')")
    guarded.replace()
    for statement in ("FROM ducks", "INSERT INTO ducks VALUES (3, 'swan')"):
        with contextlib.suppress(duckdb.TransactionException):
            answer = refused_by_sql(client, statement)
            assert answer.name in ("PermissionException", "TransactionException"), answer
    client.execute("ROLLBACK")
    assert refused_by_sql(client, "FROM ducks").name == "PermissionException"
    assert client.execute("SELECT 42").fetchall() == [(42,)]
    client.execute(registered.format(quoted(guarded.uri), quoted(NEW)))
    client.execute("INSERT INTO ducks VALUES (4, 'swan')")
    assert client.execute("FROM ducks ORDER BY ALL").fetchall() == [(1, "teal"), (4, "swan")]


@pytest.mark.parametrize("content, mode", [("", 0o600), ("two words", 0o600), (NEW, 0o644), (None, 0)])
def test_a_file_that_will_not_do_changes_nothing(guarded, content, mode):
    if content is None:
        guarded.path.unlink()
    else:
        guarded.path.write_text(content)
        guarded.path.chmod(mode)
    guarded.server.signal(signal.SIGHUP)
    guarded.server.wait_for_line('level=error event="token not replaced; the old one stays" reason=')
    assert guarded.rows(OLD) == [(1, "teal")]
    with guarded.wire(NEW) as wire:
        assert "is not the server's" in refused(METHODS["DoGet"], wire)


def test_the_same_token_again_ends_nothing(guarded):
    with guarded.wire(OLD) as wire, guarded.wire(OLD, wire.action("OPEN_SESSION").session_id) as own:
        transaction = own.action("BEGIN_TRANSACTION").transaction_id
        guarded.server.signal(signal.SIGHUP)
        guarded.server.wait_for_line('event="token unchanged"')
        own.action("COMMIT_TRANSACTION", transaction_id=transaction)


def test_without_a_file_a_hangup_ends_the_server_in_good_order(server_factory):
    server = server_factory()
    server.signal(signal.SIGHUP)
    assert server.wait() == 0
    assert "event=ended checkpointed=yes" in server.log


def test_under_nohup_a_hangup_ends_nothing(server_factory):
    server = server_factory(prefix=["nohup"])
    server.signal(signal.SIGHUP)
    with Wire(server.uri) as wire:
        assert wire.value("SELECT 42") == 42
    assert server.stop() == 0
    # The signal that ended it was the other one.
    server.wait_for_line("event=signal number=15")
