"""Clients of one server that run random transactions at once, each a database object of its own, and note what they see.

Each statement goes to the server in one of three ways: whole, in pieces, or in pieces because it needs a local table, too.
"""

import array
import random
import threading
import time

import duckdb

from client_database import open_client
from isolation_checker import READ, Transaction

WAYS = ("whole", "pieces", "local")
#: No transaction is refused so often by others that get on.
ATTEMPTS_MAX = 1000


class RolledBack(Exception):
    """The client wanted it so."""


class TransactionClient:
    """One database with `r` attached. `local` is a table of one row in it, which keeps a statement from being sent whole."""

    def __init__(self, uri, number):
        self.number = number
        self.random = random.Random(number)
        self.connection = open_client(threads=1)
        self.connection.execute(f"ATTACH '{uri}' AS r (TYPE skein)")
        self.connection.execute("CREATE TABLE local AS SELECT 1 AS one")
        self.ways = WAYS
        self.way = "whole"
        #: Every attempt, in order.
        self.transactions = []
        #: How many statements went each way, and how many attempts ended in a conflict.
        self.statements = dict.fromkeys(WAYS, 0)
        self.conflicts = 0

    def choose_way(self):
        way = self.random.choice(self.ways)
        if (way == "pieces") != (self.way == "pieces"):
            self.connection.execute(f"SET disabled_optimizers = '{'remote_pushdown' if way == 'pieces' else ''}'")
        self.way = way

    def execute(self, sql, local_sql=None):
        """`local_sql` is the same with a local table in it. Returns the rows."""
        self.choose_way()
        self.statements[self.way] += 1
        return self.connection.execute(local_sql if self.way == "local" and local_sql else sql).fetchall()

    def transact(self, attempt, explicit=True):
        """Runs `attempt`, which is given the note to write what it does on, until it is committed or wants to be rolled back.
        Anything but a conflict is raised."""
        for number in range(ATTEMPTS_MAX):
            noted = Transaction(self.number, began=time.monotonic())
            self.transactions.append(noted)
            try:
                result = self._attempt_once(attempt, noted, explicit)
                noted.committed = True
                return result
            except RolledBack:
                return None
            except duckdb.TransactionException:
                self.conflicts += 1
                # The others have a moment to commit.
                time.sleep(self.random.uniform(0, 0.005 * (number + 1)))
            finally:
                noted.ended = time.monotonic()
        raise AssertionError(f"{ATTEMPTS_MAX} attempts of client {self.number} ended in a conflict")

    def _attempt_once(self, attempt, noted, explicit):
        if not explicit:
            return attempt(noted)
        self.connection.execute("BEGIN")
        try:
            result = attempt(noted)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        # Where this fails the transaction is over.
        self.connection.execute("COMMIT")
        return result

    def close(self):
        self.connection.close()


class ListClient(TransactionClient):
    """Appends elements to lists and reads them. Even keys are lists in one row of `lists`, which an UPDATE makes longer; odd ones
    are rows of `entries`, numbered by a counter that an UPDATE raises."""

    #: Keys in use at a time, and transactions of one client before the next is in use: lists stay short, and are contended for.
    WINDOW = 40
    ROUNDS_A_KEY = 5
    ROLLED_BACK = 0.05

    def __init__(self, uri, number):
        super().__init__(uri, number)
        self.next_element = number

    def new_element(self):
        # Nobody else has it, and no other attempt.
        self.next_element += 1000
        return self.next_element

    def read(self, key):
        if key % 2:
            sql = f"SELECT list(v ORDER BY n), count(*), max(n) FROM r.entries {{}} WHERE k = {key} {{}}"
        else:
            sql = f"SELECT v, NULL, NULL FROM r.lists {{}} WHERE k = {key} {{}}"
        ((elements, count, highest),) = self.execute(sql.format("", ""), sql.format(", local", "AND one = 1"))
        assert count is None or (highest or 0) == count, f"the entries of key {key} are numbered up to {highest}, and are {count}"
        return elements or []

    def append(self, key, element):
        if key % 2:
            changed = self.execute(
                f"UPDATE r.counters SET n = n + 1 WHERE k = {key}", f"UPDATE r.counters SET n = n + one FROM local WHERE k = {key}"
            )
            added = f"INSERT INTO r.entries SELECT k, n, {element} FROM r.counters {{}} WHERE k = {key}"
            inserted = self.execute(added.format(""), added.format(", local"))
            assert inserted == [(1,)], f"{inserted} rows were inserted"
        else:
            change = f"UPDATE r.lists SET v = v || [{element}{{}}] {{}} WHERE k = {key}"
            changed = self.execute(change.format("", ""), change.format(" * one", "FROM local"))
        assert changed == [(1,)], f"{changed} rows were changed"

    def keys(self, round_number):
        first = round_number // self.ROUNDS_A_KEY
        return [first + self.random.randrange(self.WINDOW) for _ in range(self.random.randint(1, 4))]

    def run(self, rounds):
        for round_number in range(rounds):
            plan = [(key, self.random.random() < 0.5) for key in self.keys(round_number)]
            rolled_back = self.random.random() < self.ROLLED_BACK
            # One statement may be a transaction of its own.
            is_one = len(plan) == 1 and plan[0] != (plan[0][0] | 1, True)
            explicit = rolled_back or not is_one or self.random.random() < 0.5
            self.transact(lambda noted, plan=plan, rolled_back=rolled_back: self.attempt(noted, plan, rolled_back), explicit)

    def attempt(self, noted, plan, rolled_back=False):
        for key, is_append in plan:
            if is_append:
                element = self.new_element()
                noted.append(key, element)
                self.append(key, element)
            else:
                # Not as a list: of a long run there are many.
                noted.operations.append((READ, key, array.array("q", self.read(key))))
        if rolled_back:
            raise RolledBack


class BankClient(TransactionClient):
    """Moves money between the accounts of two tables, and looks at all of them."""

    ACCOUNTS = 5
    BALANCE = 100

    def __init__(self, uri, number):
        super().__init__(uri, number)
        #: What was seen of all accounts; what this client moved, by account.
        self.totals = []
        self.moved = {}

    def total(self, _):
        if self.random.random() < 0.5:
            sql = "SELECT sum(balance)::BIGINT FROM (SELECT balance FROM r.left_bank UNION ALL SELECT balance FROM r.right_bank)"
            return self.execute(sql, f"{sql}, local WHERE one = 1")[0][0]
        left = self.execute("SELECT sum(balance)::BIGINT FROM r.left_bank", "SELECT sum(balance * one)::BIGINT FROM r.left_bank, local")
        right = self.execute("SELECT sum(balance)::BIGINT FROM r.right_bank", "SELECT sum(balance * one)::BIGINT FROM r.right_bank, local")
        return left[0][0] + right[0][0]

    def transfer(self, source, target, amount):
        """Reads a balance and writes what it computes of it; returns what was moved: an account is never overdrawn."""
        table, account = source
        ((balance,),) = self.execute(
            f"SELECT balance FROM r.{table} WHERE id = {account}", f"SELECT balance FROM r.{table}, local WHERE id = {account} AND one = 1"
        )
        if balance < amount:
            return 0
        self.change(table, account, str(balance - amount))
        self.change(*target, f"balance + {amount}")
        return amount

    def change(self, table, account, value):
        changed = self.execute(
            f"UPDATE r.{table} SET balance = {value} WHERE id = {account}",
            f"UPDATE r.{table} SET balance = ({value}) * one FROM local WHERE id = {account}",
        )
        assert changed == [(1,)], f"{changed} rows were changed"

    def run(self, rounds):
        accounts = [(table, account) for table in ("left_bank", "right_bank") for account in range(self.ACCOUNTS)]
        for _ in range(rounds):
            if self.random.random() < 0.4:
                self.totals.append(self.transact(self.total))
                continue
            source, target = self.random.sample(accounts, 2)
            amount = self.random.randint(1, self.BALANCE)
            moved = self.transact(lambda _, moving=(source, target, amount): self.transfer(*moving))
            self.moved[source] = self.moved.get(source, 0) - moved
            self.moved[target] = self.moved.get(target, 0) + moved


def run_together(clients, rounds):
    """All clients at once, each in a thread; raises what the first of them raised."""
    failures = []
    together = threading.Barrier(len(clients))

    def work(client):
        try:
            together.wait()
            client.run(rounds)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
