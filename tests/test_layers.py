"""The layers of README's table, read off the source: who may import what, and what nobody but one file may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]

# Dotted names as the source means them, whatever it calls them: `from time import time as now` counts as time.time.
# A name covers everything below it.
CLOCK = (
    "time",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "pandas.Timestamp.now",
    "pandas.Timestamp.today",
    "pandas.Timestamp.utcnow",
)
ENVIRONMENT = ("os", "subprocess", "socket", "http", "urllib.request", "locale", "platform")
TIMES_BY_NAME = {"numpy.datetime64", "pandas.Timestamp", "pandas.to_datetime"}
GLOBAL_RANDOMNESS = ("random", "secrets", "uuid", "numpy.random")
RANDOMNESS_BY_ARGUMENT = (
    "numpy.random.Generator",
    "numpy.random.SeedSequence",
    "numpy.random.BitGenerator",
    "numpy.random.PCG64",
    "numpy.random.default_rng",
)
FILES = (
    "pathlib",
    "io.open",
    "io.FileIO",
    "tempfile",
    "shutil",
    "glob",
    "fileinput",
    "sqlite3",
    "importlib.resources",
    "pkgutil",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "numpy.fromfile",
    "numpy.memmap",
    "numpy.save",
    "numpy.savez",
    "numpy.savetxt",
)
FILE_METHODS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "tofile",
    "to_pickle",
    "to_parquet",
}
CALCULATORS = ("math", "cmath", "numpy", "statistics", "operator", "fractions", "decimal")
CALCULATING_BUILTINS = {"sum", "pow", "divmod", "round"}
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)


def is_below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


class Source:
    """A parsed file that knows what its names stand for: after `import numpy as np`, np.load is numpy.load."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.nodes = list(ast.walk(self.tree))
        self.imports: list[str] = []
        self.meaning: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imports.append(alias.name)
                    top = alias.name.split(".")[0]
                    self.meaning[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    full = "." * node.level + f"{node.module or ''}.{alias.name}"
                    self.imports.append(full)
                    self.meaning[alias.asname or alias.name] = full

    def dotted(self, node: ast.AST) -> str:
        """The dotted name that a name or attribute stands for; empty when it does not start at an import."""
        if isinstance(node, ast.Name):
            return self.meaning.get(node.id, "")
        if isinstance(node, ast.Attribute) and (owner := self.dotted(node.value)):
            return f"{owner}.{node.attr}"
        return ""

    def uses(self) -> Iterator[str]:
        """Every import, and the longest dotted name of every place that uses one."""
        yield from self.imports
        inner = {id(node.value) for node in self.nodes if isinstance(node, ast.Attribute)}
        yield from filter(None, (self.dotted(node) for node in self.nodes if id(node) not in inner))

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in self.nodes if isinstance(node, ast.Call))


def imported(source: Source, *forbidden: str) -> list[str]:
    return [f"imports {name}" for name in source.imports if is_below(name, forbidden)]


def file_access(source: Source) -> list[str]:
    found = [
        f"uses {name}" for name in source.uses() if is_below(name, FILES) or name.startswith("pandas.read_")
    ]
    for call in source.calls():
        if isinstance(call.func, ast.Name) and call.func.id == "open":
            found.append("calls open()")
        if isinstance(call.func, ast.Attribute) and call.func.attr in FILE_METHODS:
            found.append(f"calls .{call.func.attr}()")
    return found


def hidden_inputs(source: Source) -> list[str]:
    """Clock, environment and global randomness: what makes one scenario give two answers."""
    hidden = (*CLOCK, *ENVIRONMENT, *GLOBAL_RANDOMNESS)
    found = [
        f"uses {name}"
        for name in source.uses()
        if is_below(name, hidden) and not is_below(name, RANDOMNESS_BY_ARGUMENT)
    ]
    for call in source.calls():
        name = source.dotted(call.func)
        if name == "numpy.random.default_rng" and not call.args and not call.keywords:
            found.append("seeds a generator from the machine")
        given = {arg.value for arg in call.args if isinstance(arg, ast.Constant)}
        if name in TIMES_BY_NAME and {"now", "today"} & given:
            found.append("reads the clock")
    return found


MODEL_IMPORTS = (*sys.stdlib_module_names, "numpy", "pandas", "model")


# `python -m model refresh` brings prices up to date: it has to read the network, tell the day and write files.
# Each of the three stands in one file, and nothing but the command line imports them.
REFRESH = ("model.refresh", "model.price_files")
# `python -m model fleet` reads and writes tables in files.py; command.py tells the progress, on_dask.py is optional.
EXCEPTIONS = {
    "model/fleet/files.py": (
        "uses pathlib",
        "uses os",
        "uses shutil",
        "uses pandas.read_",
        "calls .",
        "imports pyarrow",
    ),
    "model/fleet/command.py": ("uses time", "uses pathlib"),
    "model/fleet/on_dask.py": ("imports dask", "imports distributed"),
    "model/deploy/code.py": ("imports yaml",),
    "model/price_files.py": ("uses os", "uses pathlib", "uses shutil", "calls ."),
    "model/refresh/network.py": ("uses time", "uses http", "uses urllib.request", "calls .open()"),
    "model/refresh/command.py": ("uses datetime.datetime.now", "uses pathlib"),
}


def model_violations(source: Source, path: PurePosixPath) -> list[str]:
    found = [f"imports {name}" for name in source.imports if not is_below(name.lstrip("."), MODEL_IMPORTS)]
    found += hidden_inputs(source)
    # files.py reads the data; __main__.py is the command line and opens the scenario that it is given.
    if path.as_posix() not in {"model/facts/files.py", "model/__main__.py"}:
        found += file_access(source)
    if "refresh" not in path.parts and path.name != "__main__.py":
        found += imported(source, *REFRESH)
    allowed = EXCEPTIONS.get(path.as_posix(), ())
    return [complaint for complaint in found if not complaint.startswith(allowed)]


def is_text_or_list(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return is_text_or_list(node.left) or is_text_or_list(node.right)
    return isinstance(node, ast.JoinedStr | ast.List | ast.ListComp | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def calculations(source: Source) -> list[str]:
    found = imported(source, *CALCULATORS)
    for node in source.nodes:
        sides: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
            sides = [node.left, node.right]
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ARITHMETIC):
            sides = [node.value]
        if sides and not any(map(is_text_or_list, sides)):
            found.append(f"calculates {ast.unparse(node)}")
    for call in source.calls():
        if isinstance(call.func, ast.Name) and call.func.id in CALCULATING_BUILTINS:
            found.append(f"calculates {ast.unparse(call)}")
    return found


def app_violations(source: Source) -> list[str]:
    allowed = ("streamlit", "pages.ui", "__future__")
    return [f"imports {name}" for name in source.imports if not is_below(name, allowed)]


def violations(file: str, text: str) -> list[str]:
    """What `text` does that its place in the tree forbids; `file` is relative to the repository."""
    path, source = PurePosixPath(file), Source(text)
    match path.parts:
        case ("app.py",):
            return app_violations(source)
        case ("model", *_):
            return model_violations(source, path)
        case ("pages", "ui", part, *_):
            layer = PurePosixPath(part).stem
            found = imported(source, *REFRESH)
            if layer in {"figures", "exports"}:
                return found + imported(source, "streamlit")
            if layer in {
                "answers",
                "control_order",
                "control_steps",
                "controls",
                "relevance",
                "state",
                "words",
            }:
                return found + imported(source, "plotly")
            return found  # chart, and whatever else joins the two
        case ("pages", _):
            return imported(source, *REFRESH) + calculations(source)
    return []


FILES_WITH_A_LAYER = [
    ROOT / "app.py",
    *sorted((ROOT / "model").rglob("*.py")),
    *sorted((ROOT / "pages").rglob("*.py")),
]


@pytest.mark.parametrize("file", [path.relative_to(ROOT).as_posix() for path in FILES_WITH_A_LAYER])
def test_file_keeps_to_its_layer(file: str) -> None:
    assert violations(file, (ROOT / file).read_text()) == []


def test_every_layer_of_the_table_exists() -> None:
    ui = {path.stem for path in (ROOT / "pages" / "ui").iterdir()}
    assert {"figures", "chart", "controls", "state", "words"} <= ui
    assert (ROOT / "model" / "facts" / "files.py").exists()
    assert list((ROOT / "pages").glob("*.py"))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def lowest_first(sources: dict[str, Source]) -> list[str]:
    """Modules in an order in which each needs only earlier ones; raises CycleError when there is none."""

    def module_behind(name: str) -> str:
        return max((module for module in sources if is_below(name, (module,))), key=len, default="")

    needs = {
        module: {module_behind(name) for name in source.imports} - {module, ""}
        for module, source in sources.items()
    }
    return list(TopologicalSorter(needs).static_order())


def test_model_modules_import_only_lower_ones() -> None:
    files = (ROOT / "model").rglob("*.py")
    assert "model.facts" in lowest_first({module_of(file): Source(file.read_text()) for file in files})


def test_a_circle_of_imports_is_seen() -> None:
    one, other = Source("from model.b import x"), Source("def f():\n    from model import a")
    assert lowest_first({"model.a": one, "model.b": Source("")}) == ["model.b", "model.a"]
    with pytest.raises(CycleError):
        lowest_first({"model.a": one, "model.b": other})


UNWANTED = {
    "model": {"streamlit", "plotly", "model.refresh", "model.refresh.network", "model.price_files"},
    "model.__main__": {"streamlit", "plotly", "model.refresh", "model.refresh.network", "model.price_files"},
    "pages.ui.figures": {"streamlit"},
    "pages.ui.exports": {"streamlit"},
}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (module, unwanted)
        for module, unwanted in UNWANTED.items()
        if list(ROOT.glob(module.replace(".", "/") + "*"))
    ],
)
def test_importing_a_layer_brings_in_nothing_it_may_not_use(module: str, unwanted: set[str]) -> None:
    script = f"import sys, {module}; print(*({unwanted!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("model/cost.py", "import streamlit as st", "imports streamlit"),
        ("model/cost.py", "def f():\n    from plotly import graph_objects", "imports plotly.graph_objects"),
        ("model/cost.py", "from pages.ui import words", "imports pages.ui.words"),
        ("model/cost.py", "import scipy.stats", "imports scipy.stats"),
        ("model/cost.py", "open('prices.csv')", "calls open()"),
        ("model/cost.py", "from pathlib import Path", "uses pathlib.Path"),
        ("model/cost.py", "place.read_text()", "calls .read_text()"),
        ("model/cost.py", "import numpy as np\nx = np.load('x')", "uses numpy.load"),
        ("model/cost.py", "from numpy import loadtxt", "uses numpy.loadtxt"),
        ("model/cost.py", "import pandas as pd\npd.read_csv('x')", "uses pandas.read_csv"),
        ("model/cost.py", "import os\nregion = os.environ['REGION']", "uses os.environ"),
        ("model/cost.py", "from time import time as now", "uses time.time"),
        ("model/cost.py", "from datetime import date\ntoday = date.today()", "uses datetime.date.today"),
        ("model/cost.py", "import datetime as d\nd.datetime.now()", "uses datetime.datetime.now"),
        ("model/cost.py", "import numpy as np\nnp.datetime64('now')", "reads the clock"),
        ("model/cost.py", "import random", "uses random"),
        ("model/cost.py", "import numpy as np\nnp.random.seed(1)", "uses numpy.random.seed"),
        ("model/cost.py", "from numpy import random\nrandom.exponential(2)", "uses numpy.random.exponential"),
        (
            "model/cost.py",
            "import numpy as np\nnp.random.default_rng()",
            "seeds a generator from the machine",
        ),
        ("model/facts/prices.py", "open('prices.csv')", "calls open()"),
        ("model/facts/files.py", "import streamlit", "imports streamlit"),
        ("model/facts/files.py", "from datetime import date\ndate.today()", "uses datetime.date.today"),
        ("model/__main__.py", "import plotly", "imports plotly"),
        ("model/cost.py", "from urllib.request import urlopen", "uses urllib.request.urlopen"),
        ("model/cost.py", "from model.refresh import command", "imports model.refresh.command"),
        ("model/cost.py", "from model.price_files import Row", "imports model.price_files.Row"),
        ("model/price_files.py", "from datetime import date\ndate.today()", "uses datetime.date.today"),
        ("model/price_files.py", "import urllib.request", "uses urllib.request"),
        ("model/refresh/network.py", "import os", "uses os"),
        ("model/refresh/compare.py", "import urllib.request", "uses urllib.request"),
        ("model/refresh/compare.py", "open('prices.csv')", "calls open()"),
        ("model/refresh/command.py", "from time import time\ntime()", "uses time.time"),
        ("model/refresh/command.py", "open('prices.csv')", "calls open()"),
        ("pages/cost.py", "from model.refresh.command import main", "imports model.refresh.command.main"),
        ("pages/ui/words.py", "import model.refresh", "imports model.refresh"),
        ("pages/ui/figures.py", "import streamlit as st", "imports streamlit"),
        ("pages/ui/figures/cost.py", "from streamlit import cache_data", "imports streamlit.cache_data"),
        ("pages/ui/exports/pptx.py", "import streamlit", "imports streamlit"),
        ("pages/ui/words.py", "from plotly import express", "imports plotly.express"),
        ("pages/ui/controls.py", "import plotly.graph_objects as go", "imports plotly.graph_objects"),
        ("pages/ui/state.py", "import plotly", "imports plotly"),
        ("pages/cost.py", "share = a / b", "calculates a / b"),
        ("pages/cost.py", "x = 1\nx += rate", "calculates x += rate"),
        ("pages/cost.py", "st.write(f'{total * 12} USD')", "calculates total * 12"),
        ("pages/cost.py", "total = sum(lines)", "calculates sum(lines)"),
        ("pages/cost.py", "import numpy as np", "imports numpy"),
        ("app.py", "from model import Scenario", "imports model.Scenario"),
        ("app.py", "import plotly.io", "imports plotly.io"),
        ("app.py", "from pages import cost", "imports pages.cost"),
    ],
)
def test_a_step_over_the_line_is_seen(file: str, text: str, complaint: str) -> None:
    assert complaint in violations(file, text)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "model/cost.py",
            "import numpy as np\nfrom model.facts import limit\nx = np.maximum(limit('a') * 2, 0)",
        ),
        ("model/cost.py", "from urllib.parse import urlencode\nimport io, json\nio.StringIO()"),
        ("model/cost.py", "def simulate(rng: np.random.Generator): return rng.random()"),
        ("model/cost.py", "import numpy as np\nrng = np.random.default_rng(np.random.SeedSequence(1))"),
        ("model/cost.py", "def at(time, random): return time.sum() + random.real"),
        ("model/cost.py", "from datetime import date\nd = date.fromisoformat('2026-01-01')"),
        (
            "model/facts/files.py",
            "from pathlib import Path\nimport pandas as pd\npd.read_csv(Path('x').open())",
        ),
        ("model/__main__.py", "import sys\nopen(sys.argv[1])"),
        ("pages/ui/figures.py", "import plotly.graph_objects as go\nfrom model.cost import x"),
        ("pages/ui/chart.py", "import streamlit, plotly"),
        ("pages/ui/words.py", "import streamlit\ny = 1000 * x"),
        (
            "pages/cost.py",
            "st.write('USD ' + text)\nst.write('%s a month' % text)\nrows = [1] + more\nn = -1",
        ),
        ("app.py", "from __future__ import annotations\nimport streamlit as st\nfrom pages.ui import state"),
    ],
)
def test_what_a_layer_may_do_is_not_called_a_violation(file: str, text: str) -> None:
    assert violations(file, text) == []
