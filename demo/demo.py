#!/usr/bin/env python3
"""Skein in one run: a server on a database file, real data loaded and used through the extension from a stock DuckDB.

Prints each statement with its result, rows and time, and checks the numbers; ends with 0 only where all were right.
"""

import contextlib
import pathlib
import shutil
import sys
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import flights_data  # noqa: E402
import skein_server  # noqa: E402
from narrator import DemoFailure, Narrator  # noqa: E402

# What the package's documentation says of its largest table.
FLIGHTS = 336_776


def quoted(text) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def csv(folder, table) -> str:
    return f"read_csv({quoted(folder / (table + '.csv'))}, nullstr = ['NA', ''])"


def load_tables(narrator, folder, uri):
    narrator.say("Load five tables: each is created on the server, registered here, and filled by an INSERT that streams")
    for table in flights_data.TABLES:
        narrator.oracle.execute(f"CREATE TABLE {table} AS FROM {csv(folder, table)}")
        described = narrator.oracle.execute(f"DESCRIBE {table}").fetchall()
        columns = ", ".join(f"{name} {type_name}" for name, type_name, *_ in described)
        narrator.run(f"CALL skein_create_table('{uri}', '{table}', '{columns}')")
        narrator.run(f"CALL register_remote_table('{table}', '{uri}', '{table}')")
        count = narrator.oracle.execute(f"SELECT count(*) FROM {table}").fetchall()
        inserted = narrator.run(f"INSERT INTO {table} SELECT * FROM {csv(folder, table)}")
        narrator.check("every row of the file arrived", inserted, count)


def query(narrator):
    narrator.say("Query")
    rows = narrator.run("SELECT count(*) AS flights, sum(distance) AS miles FROM flights", compare=True)
    narrator.check(f"{FLIGHTS:,} flights", rows[0][0], FLIGHTS)
    narrator.run(
        """
        SELECT month, count(*) AS flights, round(avg(dep_delay), 2) AS minutes_late
        FROM flights WHERE origin = 'JFK' AND month <= 6 GROUP BY month ORDER BY month""",
        compare=True,
    )
    narrator.run(
        """
        SELECT a.name, count(*) AS flights, round(avg(f.arr_delay), 2) AS minutes_late
        FROM flights f JOIN airlines a USING (carrier)
        GROUP BY a.name ORDER BY flights DESC, a.name LIMIT 5""",
        compare=True,
    )
    narrator.run(
        """
        SELECT f.time_hour, f.carrier, f.flight, f.dest, w.wind_speed
        FROM flights f JOIN weather w USING (origin, time_hour)
        WHERE w.wind_speed > 38 AND f.dep_delay > 100
        ORDER BY ALL LIMIT 5""",
        compare=True,
    )


def join_local(narrator):
    narrator.say("Join with a table that exists only here")
    narrator.run("CREATE TABLE trips (dest VARCHAR, coast VARCHAR)", compare=True)
    narrator.run("INSERT INTO trips VALUES ('SFO', 'west'), ('BOS', 'east'), ('MIA', 'south')", compare=True)
    narrator.run(
        """
        SELECT t.coast, p.name AS airport, count(*) AS flights, min(f.air_time) AS shortest
        FROM trips t JOIN flights f USING (dest) JOIN airports p ON p.faa = t.dest
        GROUP BY ALL ORDER BY ALL""",
        compare=True,
    )


def change(narrator):
    narrator.say("Update and delete")
    narrator.run("UPDATE planes SET seats = seats + 1 WHERE manufacturer LIKE 'AIRBUS%' AND year >= 2000", compare=True)
    narrator.run(
        "UPDATE flights SET flight = -flight WHERE dest IN (SELECT dest FROM trips WHERE coast = 'west')", compare=True
    )
    narrator.run("SELECT sum(seats) AS seats, (SELECT sum(flight) FROM flights) AS flights FROM planes", compare=True)
    narrator.run("DELETE FROM flights WHERE dep_time IS NULL", compare=True)
    narrator.run("SELECT count(*) AS flights FROM flights", compare=True)


def roll_back(narrator):
    narrator.say("Roll back")
    before = narrator.run("SELECT count(*) AS flights, sum(distance) AS miles FROM flights", compare=True)
    narrator.run("BEGIN", compare=True)
    narrator.run("DELETE FROM flights WHERE month > 1", compare=True)
    narrator.run("SELECT max(month) AS last_month FROM flights", compare=True)
    narrator.run("ROLLBACK", compare=True)
    after = narrator.run("SELECT count(*) AS flights, sum(distance) AS miles FROM flights")
    narrator.check("nothing changed", after, before)


def travelled(narrator):
    narrator.say("What travelled")
    narrator.run("FROM remote_tables()")
    narrator.run("FROM skein_statistics()")


def check_file(narrator, database):
    """The server is gone; what it wrote is read by a plain DuckDB."""
    narrator.say("The database file, read without Skein")
    with contextlib.closing(duckdb.connect(str(database), read_only=True)) as file:
        for table in flights_data.TABLES:
            sql = f"SELECT count(*), sum(hash(t::VARCHAR)) FROM {table} t"
            found = file.execute(sql).fetchall()
            narrator.check(f"{table}: {found[0][0]:,} rows", found, narrator.oracle.execute(sql).fetchall())


def play(server, database, folder):
    settings = {"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"}
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(contextlib.closing(duckdb.connect(config=settings)))
        oracle = stack.enter_context(contextlib.closing(duckdb.connect()))
        narrator = Narrator(client, oracle, server)
        narrator.say(f"A client: duckdb {duckdb.__version__} as everybody has it, and the extension")
        narrator.run(f"LOAD {quoted(skein_server.extension_path())}")
        load_tables(narrator, folder, server.uri)
        query(narrator)
        join_local(narrator)
        change(narrator)
        roll_back(narrator)
        travelled(narrator)
        client.close()
        narrator.say(f"Stop the server, process {server.pid}")
        code = server.stop()
        print("      " + server.lines[-1] if server.lines else "")
        narrator.check("the server ended with exit code 0", code, 0)
        check_file(narrator, database)
        return narrator.checks


def main() -> int:
    started = time.monotonic()
    folder = flights_data.fetch(lambda text: print(f"[skein] {text}", flush=True))
    work = ROOT / "build" / "demo"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    database = work / "flights.duckdb"
    print(f"\n    {skein_server.build_dir() / 'distributed_server'} --database {database} 127.0.0.1 0", flush=True)
    server = skein_server.Server("--database", database)
    try:
        print("      " + next(line for line in server.lines if server.listen_uri in line))
        checks = play(server, database, folder)
    except DemoFailure as failure:
        print(f"\n\033[31mFAILED\033[0m {failure}", flush=True)
        return 1
    finally:
        server.kill()
    print(f"\nThe demo is through: {checks} checks passed in {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
