"""`python -m model refresh`: read the price list, tell what changed, and write it, or leave all as it was."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePosixPath

from model.facts import DATA
from model.price_files import (
    Row,
    alone,
    as_csv,
    drop_leftovers,
    price_paths,
    read_rows,
    read_table,
    replace_all,
)
from model.refresh.compare import (
    Change,
    Comparison,
    compared,
    grouped,
    newest_figures,
    plain,
    row_key,
    row_name,
    row_order,
    too_large,
)
from model.refresh.network import NotThere, PriceServer, RefreshError
from model.refresh.price_list import (
    Key,
    Listed,
    OfferReader,
    Reading,
    as_share,
    read_offer_index,
    read_region_index,
    read_savings_plan,
    read_spot_feed,
)
from model.refresh.settings import Settings, SourceRow, as_settings

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the price files; 0 when they are up to date now, 1 and one sentence when nothing was changed."""
    chosen = _arguments(arguments)
    try:
        with alone(chosen.data):
            print("\n".join(refresh(chosen)))
    except KeyboardInterrupt:
        print("Stopped. Nothing was changed.", file=sys.stderr)
    except (RefreshError, OSError, ValueError) as error:
        print(f"Nothing was changed: {' '.join(str(error).split())}.", file=sys.stderr)
    else:
        return 0
    return FAILED


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m model refresh",
        description="Read AWS's public price list and append what changed to data/prices. Uses the network.",
    )
    parser.add_argument(
        "--region", action="append", help="a Region code; may be repeated; default: all Regions"
    )
    parser.add_argument(
        "--base", help="another place that holds the list's files and fargate-spot-prices.json"
    )
    parser.add_argument("--on", type=date.fromisoformat, help="the day that counts as today, YYYY-MM-DD")
    parser.add_argument("--data", type=Path, default=DATA, help="another data folder")
    parser.add_argument("--dry-run", action="store_true", help="tell what would change, write nothing")
    parser.add_argument(
        "--accept-large-changes",
        action="store_true",
        help="also take prices that changed by more than `largest_change` in data/price_list.toml",
    )
    chosen = parser.parse_args(arguments)
    chosen.on = chosen.on or datetime.now(UTC).date()
    return chosen


def refresh(chosen: argparse.Namespace) -> list[str]:
    """Read, compare, write.

    Returns: what to tell, line by line.
    Raises: RefreshError, OSError or ValueError; then no file was changed.
    """
    settings = as_settings(read_table(chosen.data, "price_list.toml"))
    files = {path: read_rows(path) for path in price_paths(chosen.data)}
    known = grouped(row for rows in files.values() for row in rows)
    regions = _regions(chosen)
    origin = chosen.base.rstrip("/") if chosen.base and chosen.base.rstrip("/") != settings.base else ""

    readings = list(_readings(_moved(settings, origin) if origin else settings, regions, chosen.on))
    listed = {price.key: price for reading in readings for price in reading.listed}
    listed.update(_shares(settings, listed, known))
    listed = {key: price for key, price in listed.items() if key in known}
    late = max((price.published for price in listed.values()), default=chosen.on)
    if late > chosen.on:
        raise RefreshError(f"the list was published on {late}, after {chosen.on}; check --on")

    results = {key: compared(known[key], price, chosen.on, origin) for key, price in listed.items()}
    changes = [change for result in results.values() for change in result.changes]
    if not chosen.accept_large_changes:
        _check_size(too_large(changes, settings.largest_change), settings.largest_change)
    texts = _texts(files, results)
    if texts:
        sources = chosen.data / "sources.csv"
        used = {price.source for price in listed.values()}
        rows = _sources(read_rows(sources), settings, used, chosen.on)
        texts = {sources: as_csv(rows), **texts}  # first, so that no price ever names an unknown source
    if not chosen.dry_run:
        drop_leftovers(chosen.data)
        replace_all(texts)
    return [
        *_told(changes),
        *[note for result in results.values() for note in result.notes],
        *[sentence for reading in readings for sentence in reading.refused],
        *_not_found(known, listed, settings, regions),
        _summary(results, regions, chosen),
    ]


def _regions(chosen: argparse.Namespace) -> list[str]:
    codes = [row["code"] for row in read_rows(chosen.data / "regions.csv")]
    for code in chosen.region or ():
        if code not in codes:
            raise RefreshError(f"region {code!r} is unknown; use one of {', '.join(codes)}")
    return list(dict.fromkeys(chosen.region or codes))


def _moved(settings: Settings, base: str) -> Settings:
    """The same files at another place; the Spot feed lies at its top."""
    return replace(settings, base=base, spot_feed=f"{base}/{PurePosixPath(settings.spot_feed).name}")


# --- reading -----------------------------------------------------------------------------------------


def _readings(settings: Settings, regions: Sequence[str], on: date) -> Iterable[Reading]:
    """What every file of the list gives, one after the other."""
    server = PriceServer(settings, _show_progress)
    index = server.read(_address(settings, settings.index), read_offer_index)
    for offer in settings.offers():
        place = index.get(offer, {}).get("currentRegionIndexUrl")
        if not place:
            yield Reading(refused=(f"{offer}: not in the index of the list",))
            continue
        files = server.read(_address(settings, place), read_region_index)
        for region in regions:
            if region in files:
                yield _read_offer(server, settings, offer, region, files[region])
    yield from _read_plans(server, settings, index, regions)
    try:
        yield server.read(settings.spot_feed, lambda s: read_spot_feed(s, settings, regions, on))
    except NotThere as error:  # nobody promises that it stays where it is
        yield Reading(refused=(f"Fargate Spot: {error}",))


def _read_offer(server: PriceServer, settings: Settings, offer: str, region: str, place: str) -> Reading:
    url = _address(settings, place)
    return OfferReader(settings, offer, region).read(lambda scan: server.read(url, scan))


def _read_plans(
    server: PriceServer, settings: Settings, index: Mapping[str, Mapping[str, str]], regions: Sequence[str]
) -> Iterable[Reading]:
    offers = [settings.savings_plan_offer, *settings.offers()]
    places = (index.get(offer, {}).get("currentSavingsPlanIndexUrl") for offer in offers)
    place = next((place for place in places if place), "")
    if not place:
        yield Reading(refused=("Savings plans: not in the index of the list",))
        return
    files = server.read(_address(settings, place), read_region_index)
    for region in regions:
        if region in files:
            parse = partial(read_savings_plan, settings=settings, region=region)
            yield server.read(_address(settings, files[region]), parse)


def _address(settings: Settings, place: str) -> str:
    if not place.startswith("/") or place.startswith("//"):
        raise RefreshError(f"the list names {place!r}, which is not a path at {settings.base}")
    return settings.base.rstrip("/") + place


def _show_progress(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


def _shares(
    settings: Settings, listed: Mapping[Key, Listed], known: Mapping[Key, list[Row]]
) -> dict[Key, Listed]:
    """Savings-plan shares: rates of this run against On-Demand prices of this run, or the newest known."""
    shares: dict[Key, Listed] = {}
    for share in settings.plan_shares:
        for (id_, region, variant), rate in listed.items():
            head, _, plan = variant.partition(f"{share.of_variant}_")
            if id_ != share.rate or head or not plan:
                continue
            on_demand = _on_demand((share.on_demand, region, share.of_variant), listed, known)
            if on_demand is None or rate.slices[0][1] >= on_demand:
                continue
            usd = as_share(rate.slices[0][1], on_demand)
            name = f"{share.variant}_{plan}" if share.variant else plan
            price = replace(
                rate,
                id=share.id,
                variant=name,
                slices=((Decimal(0), usd),),
                locator=f"{rate.locator}; 1 - {plain(rate.slices[0][1])} / {plain(on_demand)}",
            )
            shares[price.key] = price
    return shares


def _on_demand(key: Key, listed: Mapping[Key, Listed], known: Mapping[Key, list[Row]]) -> Decimal | None:
    if key in listed:
        return listed[key].slices[0][1]
    row = newest_figures(known.get(key, ())).get(Decimal(0))
    return Decimal(row["usd"]) if row else None


# --- writing -----------------------------------------------------------------------------------------


def _check_size(changes: Sequence[Change], largest: Decimal) -> None:
    if changes:
        worst = max(changes, key=lambda c: max(c.times or 1, 1 / (c.times or 1)))
        raise RefreshError(
            f"{_change(worst)} is a change by more than {largest} times"
            f"{f', and so are {len(changes) - 1} more' if len(changes) > 1 else ''}; "
            "if it is true, run again with --accept-large-changes"
        )


def _texts(files: Mapping[Path, list[Row]], results: Mapping[Key, Comparison]) -> dict[Path, str]:
    """New contents of the files in which anything changed."""
    texts: dict[Path, str] = {}
    for path, rows in files.items():
        mine = dict.fromkeys(row_key(row) for row in rows)
        new = [row for key, group in grouped(rows).items() if key not in results for row in group]
        new += [row for key in mine if key in results for row in results[key].rows]
        text = as_csv(sorted(new, key=row_order)) if rows else ""
        if rows and text != as_csv(rows):
            texts[path] = text
    return texts


def _sources(rows: list[Row], settings: Settings, used: set[str], on: date) -> list[Row]:
    """The table of sources with those that were read, and the day."""
    by_id = {row["id"]: dict(row) for row in rows}
    for source, url in (
        (settings.list_source, settings.base + settings.index),
        (settings.spot_source, settings.spot_feed),
    ):
        if source.id in used:
            by_id[source.id] = _source_row(source, url, on, by_id.get(source.id))
    return [by_id[id_] for id_ in sorted(by_id)]


def _source_row(source: SourceRow, url: str, on: date, known: Row | None) -> Row:
    checked = max(on.isoformat(), known["checked"]) if known else on.isoformat()
    url = url if url.startswith("https://") else ""
    return {
        "id": source.id,
        "publisher": source.publisher,
        "title": source.title,
        "url": url,
        "checked": checked,
    }


# --- telling -----------------------------------------------------------------------------------------


def _told(changes: Sequence[Change]) -> list[str]:
    return [_change(change) + f", from {change.row['valid_from']}" for change in changes]


def _change(change: Change) -> str:
    row, before, times = change.row, change.before, change.times
    unit = "" if row["unit"] == "share" else f" USD per {row['unit']}"
    if before is None or times is None:
        return f"{row_name(row)}: new, {row['usd']}{unit}"
    percent = f"{(times - 1) * 100:+.2f} %" if times != 1 else "same figure, now published"
    return f"{row_name(row)}: {before['usd']} -> {row['usd']}{unit} ({percent})"


def _not_found(
    known: Mapping[Key, list[Row]], listed: Mapping[Key, Listed], settings: Settings, regions: Sequence[str]
) -> list[str]:
    covered = settings.price_ids()
    sought = [key for key in known if key[0] in covered and key[1] in regions and key not in listed]
    had = [key for key in sought if newest_figures(known[key])]
    never = [key for key in sought if key not in had]
    others = sorted({id_ for id_, _, _ in known} - covered)
    return [
        *_by_price("Not in the list, kept as it was", had),
        *_by_price("Not in the list, still missing", never),
        f"Not covered by refresh: {', '.join(others) or 'none'}",
    ]


def _by_price(what: str, keys: Sequence[Key]) -> list[str]:
    """One line per price id; variants that are lacking in the same Regions share it."""
    places: dict[tuple[str, str], list[str]] = {}
    for id_, region, variant in sorted(keys):
        places.setdefault((id_, variant), []).append(region)
    variants: dict[tuple[str, str], list[str]] = {}
    for (id_, variant), regions in places.items():
        variants.setdefault((id_, _few(regions, "Regions")), []).append(variant)
    return [
        f"{what}: {id_}{'/' if names != [''] else ''}{_few(names, 'variants')} ({where})"
        for (id_, where), names in variants.items()
    ]


def _few(names: Sequence[str], what: str) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{len(names)} {what}"


def _summary(results: Mapping[Key, Comparison], regions: Sequence[str], chosen: argparse.Namespace) -> str:
    changes = [change for result in results.values() for change in result.changes]
    new = sum(change.before is None for change in changes)
    same = sum(result.unchanged for result in results.values())
    where = regions[0] if len(regions) == 1 else f"{len(regions)} Regions"
    done = "would be" if chosen.dry_run else "were"
    return (
        f"{chosen.on}, {where}: {len(changes) - new} prices {done} changed, {new} {done} new, "
        f"{same} are unchanged and {done} marked as checked."
    )
