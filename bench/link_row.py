"""A scan over a slow link, with the encodings and compressions that this build has."""

import contextlib
import dataclasses
import time

import context as contexts
import figures
import link
import sides
import source_data


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    side: str
    #: (setting, value) of each SET before ATTACH; skipped where the extension does not know one.
    settings: tuple = ()


VARIANTS = (
    Variant("as it comes", "skein"),
    Variant("plain Arrow", "skein", (("skein_encoding", "arrow"), ("skein_compression", "none"))),
    *(Variant(f"compression {name}", "skein", (("skein_compression", name),)) for name in ("none", "lz4", "zstd", "auto")),
    Variant("as it comes", "quack"),
)
#: Mbit/s, and the part of lineitem that takes some seconds at it.
LINKS = ((100, 0.1), (1000, 1))


def attached(stack, context, variant, served, side, prefix):
    client = stack.enter_context(context.place.session(prefix))
    for statement in side.load():
        client.run(statement)
    for setting, value in variant.settings:
        if not contexts.has_setting(client, setting):
            raise contexts.Skipped(f"this build's extension has no setting {setting}")
        client.run(f"SET {setting} = '{value}'")
    client.run(side.attach(served))
    client.prepare_to_discard()
    return client


def one_scan(rated, client):
    before = rated.bytes_to_client()
    started = time.monotonic()
    client.discard("FROM r.lineitem")
    return time.monotonic() - started, rated.bytes_to_client() - before


def over_link(context, megabits, skipped):
    """Seconds and bytes of each variant's runs over one link, in turns."""
    rows = source_data.count(context.source)
    measured = {}
    with contextlib.ExitStack() as stack:
        rated = stack.enter_context(link.RatedLink(megabits))
        hosting = sides.Hosting(read_only=True, prefix=tuple(rated.on_server), address=rated.server_address)
        by_name = {side.name: side for side in sides.of(context.place, ("skein", "quack"))}
        served = {name: stack.enter_context(side.serve(context.source, hosting)) for name, side in by_name.items()}
        clients = {}
        for variant in VARIANTS:
            if variant.side not in by_name:
                continue
            try:
                client = attached(stack, context, variant, served[variant.side], by_name[variant.side], tuple(rated.on_client))
                clients[variant] = client
            except contexts.Skipped as reason:
                skipped[f"link, {variant.name}"] = str(reason)
        for number in range(1 + context.runs):
            for variant, client in clients.items():
                seconds, moved = one_scan(rated, client)
                if number:
                    measured.setdefault(variant, []).append((seconds, moved / rows))
    return measured


def measure(context):
    """Every figure's sides are the variant of Skein, and Quack as it comes."""
    link.check()
    found, skipped = [], {}
    for megabits, scale_factor in LINKS:
        context = context.at_scale(scale_factor)
        measured = over_link(context, megabits, skipped)
        quack = {variant: runs for variant, runs in measured.items() if variant.side == "quack"}
        for variant, runs in measured.items():
            if variant.side == "quack":
                continue
            for part, unit, what in ((0, "s", "scan"), (1, "B", "bytes a row")):
                by_side = {"skein": [run[part] for run in runs]}
                by_side |= {"quack": [run[part] for run in runs] for runs in quack.values()}
                words = f"{what}, {context.scale}, {megabits:,} Mbit/s, {variant.name}"
                found.append(figures.Figure("link", words, unit, by_side))
    return found, skipped
