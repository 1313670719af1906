"""What snapshot isolation promises of transactions that append to lists and read them, checked over a recorded history.

Every element is appended once, so a list that was read says which appends its reader saw, and the list at the end says in which
order a key's writers committed. Between transactions that gives the dependencies ww (the next to write), wr (read what the
other wrote) and rw (read what the other overwrote). A history is one of snapshot isolation exactly where no cycle of them is
without two rw in a row (Cerone and Gotsman, "Analysing Snapshot Isolation"). Added to ww and wr: who began after the other had been told
that it is committed, whichever client it was. Cycles with two rw in a row are write skew: allowed, and counted.
"""

import dataclasses
import itertools

READ = "read"
APPEND = "append"


@dataclasses.dataclass
class Transaction:
    """What one attempt did, as its client saw it. Times are of one clock: before its first statement, after its last."""

    client: int
    began: float = 0.0
    ended: float = 0.0
    committed: bool = False
    #: (APPEND, key, element) or (READ, key, [elements]), in order.
    operations: list = dataclasses.field(default_factory=list)

    def append(self, key, element):
        self.operations.append((APPEND, key, element))

    def read(self, key, elements):
        self.operations.append((READ, key, list(elements)))


class History:
    """Transactions and what the lists held after all of them."""

    def __init__(self, transactions, final):
        self.transactions = transactions
        self.final = final
        self.anomalies = []
        #: element -> its transaction's index; (index, key) -> its last element of that key.
        self.writer = {}
        self.last = {}
        #: (index, key) -> what others had written when it read the key first.
        self.seen = {}
        for index, transaction in enumerate(transactions):
            for kind, key, value in transaction.operations:
                if kind == APPEND:
                    self.writer[key, value] = index
                    self.last[index, key] = value

    def found(self, kind, text):
        self.anomalies.append(f"{kind}: {text}")

    def name(self, index):
        return f"transaction {index} of client {self.transactions[index].client}"

    #
    # What one transaction shows alone
    #
    def check_lists(self):
        for key, elements in self.final.items():
            if len(set(elements)) != len(elements):
                self.found("duplicate", f"key {key} ends as {elements}")
        kept = {(key, element) for key, elements in self.final.items() for element in elements}
        for key, element in sorted(kept - self.writer.keys()):
            self.found("garbage", f"nobody appended {element} to key {key}")
        for (key, element), index in self.writer.items():
            committed = self.transactions[index].committed
            if committed and (key, element) not in kept:
                self.found("lost update", f"{element}, appended to key {key} by {self.name(index)}, is gone")
            elif not committed and (key, element) in kept:
                self.found("G1a", f"{element} of key {key} stayed, but {self.name(index)} was rolled back")

    def check_reads(self):
        for index, transaction in enumerate(self.transactions):
            own = {}
            for kind, key, value in transaction.operations:
                mine = own.setdefault(key, [])
                if kind == APPEND:
                    mine.append(value)
                else:
                    self._check_read(index, key, value, mine)

    def _check_read(self, index, key, elements, mine):
        split = len(elements) - len(mine)
        if split < 0 or elements[split:] != mine:
            self.found("own writes", f"{self.name(index)} appended {mine} to key {key}, then read {elements}")
            return
        others = elements[:split]
        earlier = self.seen.setdefault((index, key), others)
        if earlier != others:
            self.found("unrepeatable read", f"{self.name(index)} read key {key} as {earlier}, then as {others}")
        if self.final.get(key, [])[: len(others)] != others:
            self._explain(index, key, others)
        elif others:
            writer = self.writer.get((key, others[-1]))
            if writer is not None and self.last[writer, key] != others[-1]:
                self.found("G1b", f"{self.name(index)} read key {key} as {others}, in the middle of {self.name(writer)}")

    def _explain(self, index, key, others):
        """A list that is no beginning of the last one."""
        for element in others:
            writer = self.writer.get((key, element))
            if writer is None:
                self.found("garbage", f"{self.name(index)} read {element} of key {key}, which nobody appended")
            elif writer == index:
                self.found("own writes", f"{self.name(index)} read {element} of key {key} before it appended it")
            elif not self.transactions[writer].committed:
                self.found("G1a", f"{self.name(index)} read {element} of key {key}, but {self.name(writer)} was rolled back")
        self.found("incompatible order", f"{self.name(index)} read key {key} as {others}, which ends as {self.final.get(key)}")

    #
    # What they show together
    #
    def dependencies(self):
        """(ww, wr and time; rw), each {index: {index: what it is}}; nodes beyond the transactions are moments."""
        depends, overwrites = {}, {}

        def add(edges, source, target, what):
            if source is not None and target is not None and source != target:
                edges.setdefault(source, {}).setdefault(target, what)

        for key, elements in self.final.items():
            for one, other in itertools.pairwise(elements):
                add(depends, self.writer.get((key, one)), self.writer.get((key, other)), f"ww {key}")
        # What a transaction read is of one snapshot also where it was rolled back.
        for (index, key), others in self.seen.items():
            if others:
                add(depends, self.writer.get((key, others[-1])), index, f"wr {key}")
            after = self.final.get(key, [])[len(others) :]
            # Its own writes follow what it read: the one it overwrote nothing of comes after them.
            following = next((self.writer.get((key, element)) for element in after if self.writer.get((key, element)) != index), None)
            add(overwrites, index, following, f"rw {key}")
        self._add_moments(depends)
        return depends, overwrites

    def _add_moments(self, depends):
        """Who was told of its commit comes before whoever begins later: through a chain of moments, not pair by pair."""
        events = []
        for index, transaction in enumerate(self.transactions):
            # What happened at the same moment did not happen after it.
            events.append((transaction.began, 0, index))
            if transaction.committed:
                events.append((transaction.ended, 1, index))
        moment = len(self.transactions)
        for _, is_end, index in sorted(events):
            if is_end:
                depends.setdefault(moment, {})[moment + 1] = "time"
                moment += 1
                depends.setdefault(index, {})[moment] = "time"
            else:
                depends.setdefault(moment, {})[index] = "time"

    def check_cycles(self):
        """Returns how many groups of transactions show write skew."""
        depends, overwrites = self.dependencies()
        composed = {source: dict(targets) for source, targets in depends.items()}
        for source, targets in depends.items():
            for middle, what in targets.items():
                for target, over in overwrites.get(middle, {}).items():
                    composed[source].setdefault(target, f"{what}, {over} by way of {self.step(middle)}")
        for group in cyclic_groups(composed):
            inside = {node: {target: what for target, what in composed[node].items() if target in group} for node in group}
            described = [
                f"{self.step(node)} -> {self.step(target)} ({what})" for node in sorted(group) for target, what in inside[node].items()
            ]
            kind = "G-single" if any("rw" in what for targets in inside.values() for what in targets.values()) else "G1c"
            self.found(kind, "; ".join(described[:20]))
        everything = {
            node: {**overwrites.get(node, {}), **depends.get(node, {})} for node in depends.keys() | overwrites.keys()
        }
        return len(list(cyclic_groups(everything)))

    def step(self, node):
        return self.name(node) if node < len(self.transactions) else f"moment {node - len(self.transactions)}"


def cyclic_groups(edges):
    """The strongly connected sets of nodes that hold a cycle (Tarjan, without recursion)."""
    order, low, stack, on_stack = {}, {}, [], set()
    for root in edges:
        if root in order:
            continue
        work = [(root, None)]
        while work:
            node, targets = work.pop()
            if targets is None:
                order[node] = low[node] = len(order)
                stack.append(node)
                on_stack.add(node)
                targets = iter(edges.get(node, ()))
            for target in targets:
                if target not in order:
                    work += [(node, targets), (target, None)]
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            else:
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    yield from _group(node, edges, stack, on_stack)


def _group(node, edges, stack, on_stack):
    group = set()
    while node not in group:
        member = stack.pop()
        on_stack.discard(member)
        group.add(member)
    if len(group) > 1 or node in edges.get(node, ()):
        yield group


def check(transactions, final):
    """(what snapshot isolation forbids and was found, as texts that begin with its name; groups with write skew)."""
    history = History(transactions, final)
    history.check_lists()
    history.check_reads()
    write_skews = history.check_cycles()
    return history.anomalies, write_skews
