"""Several clients that scan at once: what all of them get together."""

import contextlib
import threading
import time

import cases
import figures
import sides
import source_data


def open_clients(stack, place, side, served, count):
    clients = [stack.enter_context(place.session()) for _ in range(count)]
    for client in clients:
        for statement in [*side.load(), side.attach(served)]:
            client.run(statement)
        client.prepare_to_discard()
    return clients


def scan_at_once(clients) -> float:
    """Seconds from the common start to the last one's end."""
    together = threading.Barrier(len(clients) + 1)
    failures = []

    def scan(client):
        try:
            together.wait()
            client.discard("FROM r.lineitem")
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=scan, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    together.wait()
    started = time.monotonic()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    if failures:
        raise failures[0]
    return seconds


def rates(context):
    """Million rows a second of all clients together: {number of clients: {side: runs}}."""
    rows = source_data.count(context.source)
    found = {count: {} for count in cases.CLIENTS}
    with contextlib.ExitStack() as stack:
        clients = {}
        for side in sides.of(context.place):
            served = stack.enter_context(side.serve(context.source, sides.Hosting(read_only=True)))
            clients[side.name] = open_clients(stack, context.place, side, served, max(cases.CLIENTS))
        for number in range(1 + context.runs):
            for count in cases.CLIENTS:
                for name, all_of_them in clients.items():
                    seconds = scan_at_once(all_of_them[:count])
                    if number:
                        found[count].setdefault(name, []).append(count * rows / seconds / 1e6)
    return found


def measure(context):
    found = rates(context)
    kept = {name: [eight / two for eight, two in zip(found[8][name], found[2][name])] for name in found[8]}
    collapse = "8 clients' throughput as a share of 2 clients'"
    return [
        *(
            figures.Figure("clients", f"{count} scanning at once, together", "M rows/s", by_side, x=count)
            for count, by_side in found.items()
        ),
        figures.Figure("clients", collapse, "", kept, (figures.Aim(None, 0.9, at_most=False),)),
    ]
