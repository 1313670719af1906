"""Random transactions of eight clients on one attached database keep what snapshot isolation promises.

SKEIN_TRANSACTIONS says how many: 1000 unless set, 200 under a sanitizer.
"""

import contextlib
import os
import threading

import pytest

import isolation_checker
import sanitized
from isolation_checker import APPEND, READ, Transaction
from transaction_clients import WAYS, BankClient, ListClient, run_together
from twin import statistics

CLIENTS = 8
TRANSACTIONS = int(os.environ.get("SKEIN_TRANSACTIONS", "200" if sanitized.sanitizer() else "1000"))


@contextlib.contextmanager
def clients_of(kind, server):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(kind(server.uri, number))) for number in range(CLIENTS)]


def make_lists(client, server, keys):
    client.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
    client.execute("CREATE TABLE r.lists (k INTEGER PRIMARY KEY, v BIGINT[])")
    client.execute(f"INSERT INTO r.lists SELECT range, [] FROM range({keys})")
    client.execute("CREATE TABLE r.counters (k INTEGER PRIMARY KEY, n INTEGER)")
    client.execute(f"INSERT INTO r.counters SELECT range, 0 FROM range({keys})")
    client.execute("CREATE TABLE r.entries (k INTEGER, n INTEGER, v BIGINT, PRIMARY KEY (k, n))")


def final_lists(client):
    lists = {key: elements for key, elements in client.execute("SELECT k, v FROM r.lists WHERE k % 2 = 0").fetchall()}
    for (key,) in client.execute("SELECT k FROM r.counters WHERE k % 2 = 1").fetchall():
        lists[key] = []
    for key, element in client.execute("SELECT k, v FROM r.entries ORDER BY k, n").fetchall():
        lists[key].append(element)
    return lists


def noted(clients):
    """All their transactions in the order they began, with lists as lists."""
    transactions = [transaction for client in clients for transaction in client.transactions]
    for transaction in transactions:
        transaction.operations = [(kind, key, list(value) if kind == READ else value) for kind, key, value in transaction.operations]
    return sorted(transactions, key=lambda transaction: transaction.began)


@pytest.mark.timeout(3600)
def test_lists(server, connect):
    rounds = TRANSACTIONS // CLIENTS
    control = connect()
    make_lists(control, server, rounds // ListClient.ROUNDS_A_KEY + ListClient.WINDOW)
    with clients_of(ListClient, server) as clients:
        run_together(clients, rounds)
        transactions = noted(clients)
        conflicts = sum(client.conflicts for client in clients)
        statements = {way: sum(client.statements[way] for client in clients) for way in clients[0].statements}
    final = final_lists(control)
    anomalies, write_skews = isolation_checker.check(transactions, final)
    assert not anomalies, "\n".join(anomalies[:20])
    committed = sum(transaction.committed for transaction in transactions)
    print(f"{committed} committed, {len(transactions) - committed} rolled back, {conflicts} of these by conflicts, {statements}, "
          f"{sum(map(len, final.values()))} elements, {write_skews} groups with write skew")
    # The test is one of transactions that met, in every way a statement can go.
    assert committed > 0.9 * rounds * CLIENTS
    assert conflicts > committed / 100
    assert min(statements.values()) > committed / 10
    # Nobody holds a row any more.
    control.execute("BEGIN")
    for table in ("lists", "counters", "entries"):
        control.execute(f"DELETE FROM r.{table}")
    control.execute("ROLLBACK")


@pytest.mark.timeout(3600)
def test_bank(server, connect):
    rounds = TRANSACTIONS // CLIENTS
    control = connect()
    control.execute(f"ATTACH '{server.uri}' AS r (TYPE skein)")
    for table in ("left_bank", "right_bank"):
        control.execute(f"CREATE TABLE r.{table} (id INTEGER PRIMARY KEY, balance BIGINT CHECK (balance >= 0))")
        control.execute(f"INSERT INTO r.{table} SELECT range, {BankClient.BALANCE} FROM range({BankClient.ACCOUNTS})")
    with clients_of(BankClient, server) as clients:
        run_together(clients, rounds)
    totals = [total for client in clients for total in client.totals]
    assert len(totals) > rounds and set(totals) == {2 * BankClient.ACCOUNTS * BankClient.BALANCE}
    expected = {(table, account): BankClient.BALANCE for table in ("left_bank", "right_bank") for account in range(BankClient.ACCOUNTS)}
    for client in clients:
        for account, amount in client.moved.items():
            expected[account] += amount
    found = control.execute("SELECT 'left_bank', * FROM r.left_bank UNION ALL SELECT 'right_bank', * FROM r.right_bank").fetchall()
    assert {(table, account): balance for table, account, balance in found} == expected
    conflicts = sum(client.conflicts for client in clients)
    print(f"{CLIENTS * rounds} committed, {conflicts} conflicts, {len(totals)} totals")
    assert conflicts > CLIENTS * rounds / 100


@pytest.mark.parametrize("way", WAYS)
def test_statements_go_the_way_they_are_said_to(server, connect, way):
    make_lists(connect(), server, 2)
    with contextlib.closing(ListClient(server.uri, 1)) as client:
        client.ways = (way,)
        for work, statements in ((lambda: client.read(0), 1), (lambda: client.append(0, 1), 1), (lambda: client.append(1, 2), 2)):
            before = statistics(client.connection, server.uri)["client"]["round_trips"]
            work()
            round_trips = statistics(client.connection, server.uri)["client"]["round_trips"] - before
            # The first use of each table asks for its columns, too.
            work()
            again = statistics(client.connection, server.uri)["client"]["round_trips"] - before - round_trips
            assert (again == statements) if way == "whole" else (again > statements)


#
# The checker finds what is planted
#
def transaction(client, began, ended, *operations, committed=True):
    return Transaction(client, began, ended, committed, list(operations))


def append(key, element):
    return (APPEND, key, element)


def read(key, *elements):
    return (READ, key, list(elements))


PLANTED = {
    "nothing": ([(0, 0, 1, append(1, 1)), (1, 2, 3, read(1, 1), append(1, 2), read(1, 1, 2))], {1: [1, 2]}, None),
    "lost update": ([(0, 0, 9, read(1), append(1, 1)), (1, 0, 9, read(1), append(1, 2))], {1: [2]}, "lost update"),
    "update of an old version": ([(0, 0, 9, read(1), append(1, 1)), (1, 0, 9, read(1), append(1, 2))], {1: [1, 2]}, "G-single"),
    "intermediate read": ([(0, 0, 9, append(1, 1), append(1, 2)), (1, 0, 9, read(1, 1))], {1: [1, 2]}, "G1b"),
    "circular information": ([(0, 0, 9, append(1, 1), read(2, 2)), (1, 0, 9, append(2, 2), read(1, 1))], {1: [1], 2: [2]}, "G1c"),
    "mixed writes": ([(0, 0, 9, append(1, 1), append(2, 1)), (1, 0, 9, append(1, 2), append(2, 2))], {1: [1, 2], 2: [2, 1]}, "G1c"),
    "torn snapshot": ([(0, 0, 9, append(1, 1), append(2, 2)), (1, 0, 9, read(1), read(2, 2))], {1: [1], 2: [2]}, "G-single"),
    "unrepeatable read": ([(0, 0, 9, append(1, 1)), (1, 0, 9, read(1), read(1, 1))], {1: [1]}, "unrepeatable read"),
    "own write unseen": ([(0, 0, 9, append(1, 1), read(1))], {1: [1]}, "own writes"),
    "stale read": ([(0, 0, 1, append(1, 1)), (1, 2, 3, read(1))], {1: [1]}, "G-single"),
    "two orders": ([(0, 0, 9, append(1, 1)), (1, 0, 9, append(1, 2)), (2, 0, 9, read(1, 2, 1))], {1: [1, 2]}, "incompatible order"),
    "long fork": (
        [(0, 0, 9, append(1, 1)), (1, 0, 9, append(2, 2)), (2, 0, 9, read(1, 1), read(2)), (3, 0, 9, read(1), read(2, 2))],
        {1: [1], 2: [2]},
        "G-single",
    ),
    "an element of nobody": ([(0, 0, 9, append(1, 1))], {1: [1, 7]}, "garbage"),
    "an element twice": ([(0, 0, 9, append(1, 1))], {1: [1, 1]}, "duplicate"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_checker_finds(name):
    transactions, final, expected = PLANTED[name]
    anomalies, _ = isolation_checker.check([transaction(*one) for one in transactions], final)
    if expected is None:
        assert not anomalies
    else:
        assert expected in {anomaly.split(":")[0] for anomaly in anomalies}, anomalies


@pytest.mark.parametrize("final", [{1: []}, {1: [1]}])
def test_checker_finds_a_dirty_read_or_write(final):
    rolled_back = transaction(0, 0, 9, append(1, 1), committed=False)
    anomalies, _ = isolation_checker.check([rolled_back, transaction(1, 0, 9, read(1, 1))], final)
    assert "G1a" in {anomaly.split(":")[0] for anomaly in anomalies}, anomalies


def test_checker_counts_write_skew():
    both = [transaction(0, 0, 9, append(1, 1), read(2)), transaction(1, 0, 9, append(2, 2), read(1))]
    assert isolation_checker.check(both, {1: [1], 2: [2]}) == ([], 1)


class AutocommitClient(ListClient):
    """Reads a list and writes it back longer, in two transactions that it takes for one."""

    def __init__(self, uri, number):
        super().__init__(uri, number)
        self.all_have_read = None

    def run(self, rounds):
        noted = Transaction(self.number, committed=True)
        self.transactions.append(noted)
        elements = self.read(0)
        noted.read(0, elements)
        self.all_have_read.wait()
        element = self.new_element()
        noted.append(0, element)
        value = [*elements, element]
        self.transact(lambda _: self.execute(f"UPDATE r.lists SET v = {value} WHERE k = 0"), explicit=False)
        noted.ended = 1.0


def test_a_live_lost_update_is_found(server, connect):
    control = connect()
    make_lists(control, server, 1)
    with clients_of(AutocommitClient, server) as clients:
        together = threading.Barrier(CLIENTS)
        for client in clients:
            client.all_have_read = together
        run_together(clients, 1)
        anomalies, _ = isolation_checker.check(noted(clients), final_lists(control))
    # One element is left; the other seven are gone.
    assert [anomaly.split(":")[0] for anomaly in anomalies] == ["lost update"] * (CLIENTS - 1)


def test_a_live_torn_snapshot_is_found(server, connect):
    """Two reads in autocommit, taken for one transaction, with another's commit between them."""
    make_lists(connect(), server, 3)
    with clients_of(ListClient, server) as (reader, writer, *_):
        seen = Transaction(reader.number, 0, 9, True)
        seen.read(0, reader.read(0))
        writer.transact(lambda noted: writer.attempt(noted, [(0, True), (2, True)]))
        # At the same time, as far as the clock knows.
        writer.transactions[-1].began, writer.transactions[-1].ended = 0, 9
        seen.read(2, reader.read(2))
        final = final_lists(writer.connection)
    anomalies, _ = isolation_checker.check([seen, *writer.transactions], final)
    assert [anomaly.split(":")[0] for anomaly in anomalies] == ["G-single"], anomalies
