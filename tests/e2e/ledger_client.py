"""One client process of test_many_clients: says "ready", waits for a line, works, and prints what it was promised.

    ledger_client.py KIND URI NUMBER SECONDS

KIND mixed    inserts, scans and deletes its own rows of `ledger` for SECONDS and checks every answer
     reader   scans `big` without end
     writer   uploads UPLOAD_ROWS rows after UPLOAD_ROWS rows into `uploads` without end, saying each that was acknowledged
"""

import json
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from client_database import open_client  # noqa: E402

UPLOAD_ROWS = 2_000_000


def say(**record):
    print(json.dumps(record), flush=True)


class Mixed:
    """What this client's rows of the ledger must be, kept beside the table."""

    def __init__(self, client, number):
        self.client = client
        self.number = number
        self.random = random.Random(number)
        self.next = 0
        self.first = 0

    def insert(self):
        count = self.random.randint(1, 3000)
        sql = f"INSERT INTO ledger SELECT {self.number}, range FROM range({self.next}, {self.next + count})"
        assert self.client.execute(sql).fetchall() == [(count,)]
        self.next += count

    def delete(self):
        upto = self.random.randint(self.first, self.next)
        sql = f"DELETE FROM ledger WHERE client = {self.number} AND entry < {upto}"
        assert self.client.execute(sql).fetchall() == [(upto - self.first,)]
        self.first = upto

    def expected(self):
        count = self.next - self.first
        return count, (self.first + self.next - 1) * count // 2 if count else 0

    def scan(self):
        sql = f"SELECT count(*), coalesce(sum(entry), 0)::BIGINT FROM ledger WHERE client = {self.number}"
        found = self.client.execute(sql).fetchone()
        assert found == self.expected(), f"found {found}, expected {self.expected()}"

    def work(self, seconds):
        deadline = time.monotonic() + seconds
        rounds = 0
        while time.monotonic() < deadline or rounds < 3:
            self.insert()
            self.scan()
            if self.random.random() < 0.3:
                self.delete()
            rounds += 1
        self.scan()
        count, total = self.expected()
        say(client=self.number, rounds=rounds, count=count, total=total)


def read(client):
    while True:
        client.execute("SELECT bit_xor(hash(a)), bit_xor(hash(b)) FROM big").fetchall()


def write(client, number):
    acknowledged = 0
    while True:
        client.execute(f"INSERT INTO uploads SELECT {number}, range, 'text of row ' || range FROM range({UPLOAD_ROWS})")
        acknowledged += 1
        say(acknowledged=acknowledged)


def main(kind, uri, number, seconds):
    client = open_client(threads=1)
    for table in ("ledger", "big", "uploads"):
        client.execute(f"CALL register_remote_table('{table}', '{uri}', '{table}')")
    say(ready=True)
    sys.stdin.readline()
    if kind == "mixed":
        Mixed(client, number).work(seconds)
    elif kind == "reader":
        read(client)
    else:
        write(client, number)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
