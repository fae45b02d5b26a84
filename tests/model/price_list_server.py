"""A small price list on this machine, in the format of AWS's, that can also misbehave.

`as_known` says what a data folder already holds, so that a refresh from it changes nothing. A test then edits
`documents` (path -> JSON) or puts an answer of its own into `answers` (path -> function of the request).
Around each wanted product stand others that a careless match would take.
"""

from __future__ import annotations

import csv
import gzip
import json
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

INDEX = "/offers/v1.0/aws/index.json"
SPOT = "/fargate-spot-prices.json"
TERM = "JRTCKXETXF"
PUBLISHED = "2026-11-20T10:00:00Z"
EFFECTIVE = "2026-11-01T00:00:00Z"
PLANS = {
    f"{term}_{payment.lower().replace(' ', '_')}": (term, payment)
    for term in ("1yr", "3yr")
    for payment in ("No Upfront", "Partial Upfront", "All Upfront")
}

Answer = Callable[[BaseHTTPRequestHandler], None]
Rows = list[dict[str, str]]


class PriceList:
    """What the server says, and what it was asked."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.base = ""
        self.settings: Any = {}

    def copy(self) -> PriceList:
        """The same documents, free to be edited."""
        made = PriceList()
        made.documents, made.settings = json.loads(json.dumps(self.documents)), self.settings
        return made

    def offer(self, name: str, region: str = "us-east-1") -> Any:
        return self.documents[offer_path(name, region)]

    def product(self, id_: str, variant: str = "", region: str = "us-east-1") -> Product:
        """The product that was made for one of our prices."""
        for path, document in self.documents.items():
            if path.startswith("/offers/") and f"/{region}/" in path:
                for sku, product in document["products"].items():
                    if product.get("ours") == [id_, variant]:
                        return Product(document, sku)
        raise KeyError((id_, variant, region))

    def add_product(self, id_: str, usd: str, variant: str = "", region: str = "us-east-1") -> Product:
        """A product for a price of ours that the data folder has no figure for."""
        entry = next(e for e in self.settings["price"] if e["id"] == id_ and e.get("variant", "") == variant)
        document = self.offer(entry["offer"], region)
        number = sum(e["offer"] == entry["offer"] for e in self.settings["price"])
        sku = f"{entry['offer'].upper()}{number}ADDED"
        attributes = _own_attributes(self.settings, entry, region, f"Named-By-Group-{number}")
        document["products"][sku] = {
            "sku": sku,
            "productFamily": entry.get("match", {}).get("productFamily", "Some family"),
            "attributes": attributes,
            "ours": [id_, variant],
        }
        document["terms"]["OnDemand"][sku] = on_demand(sku, next(iter(entry["units"])), [("0", usd)])
        return Product(document, sku)


class Product:
    """One SKU of a document: its attributes, its term, its slices."""

    def __init__(self, document: Any, sku: str) -> None:
        self.document, self.sku = document, sku

    @property
    def attributes(self) -> dict[str, str]:
        return self.document["products"][self.sku]["attributes"]

    @property
    def term(self) -> dict[str, Any]:
        return self.document["terms"]["OnDemand"][self.sku][f"{self.sku}.{TERM}"]

    def slice(self, start: str = "0") -> dict[str, Any]:
        return next(d for d in self.term["priceDimensions"].values() if d["beginRange"] == start)

    def say(self, usd: Any, start: str = "0") -> None:
        self.slice(start)["pricePerUnit"] = {"USD": usd}

    def set_slices(self, slices: dict[str, str]) -> None:
        unit = next(iter(self.term["priceDimensions"].values()))["unit"]
        self.term["priceDimensions"] = dimensions(self.sku, unit, slices.items())

    def copy(self, sku: str, usd: str, **attributes: str) -> None:
        """The same product again under another SKU, with another price and other attributes."""
        products, terms = self.document["products"], self.document["terms"]["OnDemand"]
        products[sku] = {**products[self.sku], "sku": sku, "ours": None}
        products[sku]["attributes"] = {**self.attributes, **attributes}
        unit = self.slice()["unit"]
        terms[sku] = on_demand(sku, unit, [("0", usd)])

    def remove(self) -> None:
        del self.document["products"][self.sku]
        del self.document["terms"]["OnDemand"][self.sku]


def offer_path(name: str, region: str) -> str:
    return f"/offers/v1.0/aws/{name}/20261120100000/{region}/index.json"


def plan_path(region: str) -> str:
    return f"/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/20261120100000/{region}/index.json"


def dimensions(sku: str, unit: str, slices: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Slices as the list has them: in no order."""
    made = {}
    for number, (start, usd) in enumerate(slices):
        code = f"{sku}.{TERM}.DIM{number}"
        made[code] = {
            "rateCode": code,
            "unit": unit,
            "beginRange": start,
            "endRange": "Inf",
            "description": "made for a test",
            "appliesTo": [],
            "pricePerUnit": {"USD": usd},
        }
    return dict(reversed(made.items()))


def on_demand(sku: str, unit: str, slices: Iterable[tuple[str, str]]) -> dict[str, Any]:
    code = f"{sku}.{TERM}"
    term = {"offerTermCode": TERM, "sku": sku, "effectiveDate": EFFECTIVE, "termAttributes": {}}
    return {code: {**term, "priceDimensions": dimensions(sku, unit, slices)}}


def read_rows(data: Path) -> Rows:
    rows: Rows = []
    for path in sorted((data / "prices").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def as_known(data: Path, regions: Iterable[str]) -> PriceList:
    """A list that says what the data folder knows."""
    settings = tomllib.loads((data / "price_list.toml").read_text(encoding="utf-8"))
    newest: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in sorted(read_rows(data), key=lambda row: row["valid_from"]):
        if row["usd"] and row["kind"] != "assumed":
            key = (row["id"], row["variant"], row["region"])
            newest.setdefault(key, {})[row["tier_from"]] = row["usd"]
    made = PriceList()
    made.settings = settings
    offers = dict.fromkeys(entry["offer"] for entry in settings["price"])
    made.documents[INDEX] = {"formatVersion": "v1.0", "publicationDate": PUBLISHED, "offers": {}}
    for offer in offers:
        place = f"/offers/v1.0/aws/{offer}/current/region_index.json"
        entry = {"offerCode": offer, "currentRegionIndexUrl": place}
        made.documents[INDEX]["offers"][offer] = entry
        files = {r: {"regionCode": r, "currentVersionUrl": offer_path(offer, r)} for r in regions}
        made.documents[place] = {"publicationDate": PUBLISHED, "regions": files}
        for region in regions:
            made.documents[offer_path(offer, region)] = _offer(settings, offer, region, newest)
    plans = "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json"
    made.documents[INDEX]["offers"]["AWSLambda"]["currentSavingsPlanIndexUrl"] = plans
    made.documents[plans] = {"regions": [{"regionCode": r, "versionUrl": plan_path(r)} for r in regions]}
    for region in regions:
        made.documents[plan_path(region)] = _savings_plan(settings, region, newest)
    made.documents[SPOT] = {"prices": list(_spot(settings, regions, newest))}
    return made


def _prefix(settings: Any, region: str) -> str:
    return f"{settings['prefix'].get(region, ['XYZ9'])[0]}-"


def _own_attributes(settings: Any, entry: Any, region: str, nameless: str) -> dict[str, str]:
    names = settings["offer"].get(entry["offer"], {"region": "regionCode", "location_type": "locationType"})
    match = {k: v for k, v in entry.get("match", {}).items() if k != "productFamily"}
    usagetype = _prefix(settings, region) + entry.get("usagetype", [nameless])[0]
    place = {names["region"]: region, names["location_type"]: "AWS Region"}
    return {**place, **match, "servicecode": entry["offer"], "usagetype": usagetype}


def _offer(settings: Any, offer: str, region: str, newest: Any) -> Any:
    names = settings["offer"].get(offer, {"region": "regionCode", "location_type": "locationType"})
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for number, entry in enumerate(e for e in settings["price"] if e["offer"] == offer):
        match = dict(entry.get("match", {}))
        family = match.pop("productFamily", "Some family")
        name = entry.get("usagetype", [f"Named-By-Group-{number}"])[0]
        slices = newest.get((entry["id"], entry.get("variant", ""), region), {})
        unit = next(iter(entry["units"]))
        # Same name, something more or less around it; another kind of place; the free tier; another Region.
        own = _own_attributes(settings, entry, region, name)
        variants = {
            "OWN": own,
            "MORE": {**own, "usagetype": _prefix(settings, region) + name + "-Additional", "group": "other"},
            "LESS": {**own, "usagetype": _prefix(settings, region) + "Reserved-" + name, "group": "other"},
            "ZONE": {**own, "usagetype": "LAX1-" + name, names["location_type"]: "AWS Local Zone"},
            "FREE": {**match, "usagetype": "Global-" + name, "location": "Any"},
            "AWAY": {**own, "usagetype": "SAE1-" + name, names["region"]: "sa-east-1"},
        }
        for kind, attributes in variants.items():
            sku = f"{offer.upper()}{number:02}{kind}"
            if kind == "OWN" and not slices:
                continue
            products[sku] = {"sku": sku, "productFamily": family, "attributes": attributes}
            usd = {"OWN": None, "FREE": "0.0000000000"}.get(kind, "7.7700000000")
            terms[sku] = on_demand(sku, unit, slices.items() if usd is None else [("0", usd)])
            if kind == "OWN":
                products[sku]["ours"] = [entry["id"], entry.get("variant", "")]
    if not products:
        products["NONE"] = {"sku": "NONE", "attributes": {}}
    return {
        "formatVersion": "v1.0",
        "disclaimer": "made for a test",
        "offerCode": offer,
        "version": "20261120100000",
        "publicationDate": PUBLISHED,
        "products": products,
        "terms": {"OnDemand": terms, "Reserved": {sku: {} for sku in terms}},
    }


def _savings_plan(settings: Any, region: str, newest: Any) -> Any:
    products, terms = [], []
    for number, (plan, (term, payment)) in enumerate(PLANS.items()):
        sku = f"PLAN{number}"
        usage = f"ComputeSP:{term}{payment.title().replace(' ', '')}"
        attributes = {"purchaseOption": payment, "purchaseTerm": term}
        products.append({"sku": sku, "usageType": usage, "attributes": attributes})
        rates = []
        for entry in settings["savings_plan"]:
            slices = newest.get((entry["id"], f"{entry['variant']}_{plan}", region), {})
            for usd in slices.values():
                for name, price in ((entry["usagetype"], usd), (entry["usagetype"] + "-Other", "9.99")):
                    rate = {"price": price, "currency": "USD"}
                    rates.append(
                        {
                            "discountedUsageType": _prefix(settings, region) + name,
                            "discountedServiceCode": entry["service"],
                            "discountedRate": rate,
                        }
                    )
        terms.append({"sku": sku, "description": plan, "effectiveDate": EFFECTIVE, "rates": rates})
    return {
        "version": "20261120100000",
        "publicationDate": PUBLISHED,
        "regionCode": region,
        "products": products,
        "terms": {"savingsPlan": terms},
    }


def _spot(settings: Any, regions: Iterable[str], newest: Any) -> Iterator[Any]:
    for region in regions:
        for entry in settings["spot"]:
            for usd in newest.get((entry["id"], entry["variant"], region), {}).values():
                yield {
                    "unit": entry["unit"],
                    "price": {"USD": usd},
                    "attributes": {"aws:region": region, "aws:label": "made for a test"},
                }


# --- answers -----------------------------------------------------------------------------------------


def send(
    request: BaseHTTPRequestHandler,
    body: bytes,
    kind: str = "application/json",
    status: int = 200,
    announced: int | None = None,
    **headers: str,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body) if announced is None else announced))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def text(document: Any) -> bytes:
    return json.dumps(document).encode()


def status(code: int) -> Answer:
    return lambda request: send(request, b"<html>no</html>", "text/html", code)


def html(request: BaseHTTPRequestHandler) -> None:
    send(request, b"<html><body>Please log in</body></html>", "text/html; charset=utf-8")


def html_called_json(request: BaseHTTPRequestHandler) -> None:
    send(request, b"<html><body>Please log in</body></html>")


def moved(request: BaseHTTPRequestHandler) -> None:
    send(request, b"", status=302, Location="/elsewhere")


def cut(document: Any) -> Answer:
    """A download that ends early although its full length was announced."""
    body = text(document)
    return lambda request: send(request, body[: len(body) // 2], announced=len(body))


def half(document: Any) -> Answer:
    """A file that is itself incomplete: the length announced is that of the half."""
    body = text(document)
    return lambda request: send(request, body[: len(body) // 2])


def zipped(document: Any, keep: float = 1.0) -> Answer:
    body = gzip.compress(text(document))
    body = body[: int(len(body) * keep)]
    return lambda request: send(request, body, Content_Encoding="gzip")


def silent(until: threading.Event) -> Answer:
    """Takes the question and never answers."""
    return lambda request: until.wait(20) and None


def dribbling(document: Any, until: threading.Event, every_s: float = 0.05) -> Answer:
    """A byte now and then: never silent, never done."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        body = text(document)
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        for byte in body:
            if until.wait(every_s):
                return
            request.wfile.write(bytes([byte]))

    return answer


@contextmanager
def serving(prices: PriceList) -> Iterator[PriceList]:
    """The list on a free port of 127.0.0.1; `prices.base` is its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            prices.asked.append(path)
            try:
                if path in prices.answers:
                    prices.answers[path](self)
                elif path in prices.documents:
                    send(self, text(prices.documents[path]))
                else:
                    status(404)(self)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client has seen enough

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    prices.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield prices
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
