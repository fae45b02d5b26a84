"""`python -m model fleet`: files in and out, partitions that are kept, and a Dask cluster with a worker that dies."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from model.fleet import command, partitions
from model.fleet.command import main
from model.fleet.files import Parts, column_names, read_services, table_bytes
from model.fleet.generate import example_estate
from model.fleet.judge import judge
from model.fleet.mapping import FleetError
from model.fleet.services import estate_base
from model.scenario import Scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture
def estate(tmp_path):
    path = tmp_path / "estate.csv"
    example_estate(40).to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("model.fleet.judge.BLOCK", 8)


def ran(estate, out, *options):
    code = main([str(estate), "--out", str(out), "--quiet", *options])
    return code, pd.read_csv(out, keep_default_na=False) if out.exists() and out.suffix == ".csv" else None


def test_the_results_are_in_the_order_of_the_table_and_the_summary_fits_a_machine(estate, tmp_path, capsys):
    code, table = ran(estate, tmp_path / "out.csv", "--json")
    found = json.loads(capsys.readouterr().out)
    assert code == 0 and list(table["name"]) == list(pd.read_csv(estate)["name"])
    assert found["services"] == 40 and found["refused_rows"] == found["failed_services"] == 0
    assert found["best_usd"] == pytest.approx(table["best_usd"].astype(float).sum())
    assert not (tmp_path / "out.csv.parts").exists() and not (tmp_path / "out.refused.csv").exists()


@pytest.mark.parametrize("size", ["1", "17", "1000"])
def test_partitions_change_no_digit(estate, tmp_path, size):
    ran(estate, tmp_path / "one.csv")
    ran(estate, tmp_path / "other.csv", "--partition", size)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_csv_and_parquet_in_and_all_three_out_say_the_same(estate, tmp_path):
    pd.read_csv(estate).to_parquet(tmp_path / "estate.parquet")
    code, table = ran(tmp_path / "estate.parquet", tmp_path / "out.csv")
    ran(estate, tmp_path / "out.parquet")
    ran(estate, tmp_path / "out.xlsx")
    assert code == 0
    for other in (pd.read_parquet(tmp_path / "out.parquet"), pd.read_excel(tmp_path / "out.xlsx")):
        assert list(other["name"]) == list(table["name"])
        assert other["best_usd"].to_numpy() == pytest.approx(table["best_usd"].to_numpy())


def test_a_run_that_was_stopped_goes_on_where_it_was(estate, tmp_path, monkeypatch, capsys):
    ran(estate, tmp_path / "whole.csv")
    calls = []

    def until_the_third(services, rows):
        calls.append(rows)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return judge(services, rows)

    monkeypatch.setattr(partitions, "judge", until_the_third)
    assert ran(estate, tmp_path / "out.csv", "--partition", "1")[0] == command.STOPPED
    before = len(calls)
    assert ran(estate, tmp_path / "out.csv", "--partition", "1")[0] == 0
    blocks = len(partitions.blocks(read_services(estate, "e.csv", estate_base(Scenario()))[0]))
    assert len(calls) - before == blocks - 2
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_another_input_or_other_options_start_anew(tmp_path):
    kept = Parts(tmp_path / "x.parts", "one")
    kept.prepare()
    kept.write(0, pd.DataFrame({"a": [1.5]}))
    Parts(tmp_path / "x.parts", "one").prepare()
    assert kept.read(0)["a"].tolist() == [1.5] and kept.read(1) is None
    Parts(tmp_path / "x.parts", "two").prepare()
    assert kept.read(0) is None


def test_a_block_that_fails_is_reported_with_its_rows_and_the_rest_completes(estate, tmp_path, monkeypatch):
    def fails_once(services, rows):
        if services.name[rows[0]] == first:
            raise ZeroDivisionError("one = 0")
        return judge(services, rows)

    found = read_services(estate, "e.csv", estate_base(Scenario()))[0]
    block = partitions.blocks(found)[1]
    first = found.name[block[0]]
    monkeypatch.setattr(partitions, "judge", fails_once)
    code, table = ran(estate, tmp_path / "out.csv")
    refused = pd.read_csv(tmp_path / "out.refused.csv")
    assert code == 1 and len(table) == 40 - len(block)
    assert set(refused["name"]) == {found.name[i] for i in block}
    assert refused["reason"].str.contains("ZeroDivisionError: one = 0").all()


def test_refused_rows_are_listed_beside_the_output_and_are_strict_only_if_asked(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("name,requests_per_s\na,1\n=b,many\n")
    assert ran(path, tmp_path / "out.csv")[0] == 0
    assert ran(path, tmp_path / "out.csv", "--strict")[0] == 1
    text = (tmp_path / "out.refused.csv").read_text()
    assert "2,'=b,requests_per_s,many," in text and "a number from" in text


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", (), "The file is empty"),
        ("name,owner\na,b\n", (), "No column tells how much traffic there is"),
        ("name,requests_per_s\n", (), "The table has 0 rows"),
        ("name,requests_per_s\na,-1\n", (), "None of the 1 rows can be used; out.refused.csv says why"),
        ("name,requests_per_s\na,1\n", ("--map", "speed"), "--map takes COLUMN=TARGET"),
        ("name,requests_per_s\na,1\n", ("--base", "nowhere.json"), "nowhere.json"),
        ("\x00\x01,\xff", (), "The file"),
    ],
)
def test_input_of_no_use_is_one_line_and_code_2(tmp_path, capsys, text, options, said):
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode("latin-1"))
    assert ran(path, tmp_path / "out.csv", *options)[0] == 2
    assert said in (error := capsys.readouterr().err) and error.count("\n") == 1


def test_another_kind_of_output_is_refused_before_anything_is_read(tmp_path, capsys):
    assert main(["nowhere.csv", "--out", str(tmp_path / "out.txt")]) == 2
    assert "take .csv, .parquet or .xlsx" in capsys.readouterr().err


def test_text_that_looks_like_a_formula_does_not_act_in_a_spreadsheet():
    import openpyxl

    hostile = pd.DataFrame({"name": ["=1+1", "@x", "-2", "+3", "\tx", "plain"], "usd": [-1.5] * 6})
    back = pd.read_csv(io.BytesIO(table_bytes(hostile, ".csv")))
    assert back["name"].tolist()[:2] == ["'=1+1", "'@x"] and back["usd"].tolist() == [-1.5] * 6
    sheet = openpyxl.load_workbook(io.BytesIO(table_bytes(hostile, ".xlsx"))).active
    assert [cell.data_type for cell in sheet["A"][1:]] == ["s"] * 6


def test_long_form_is_read_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("model.fleet.files.PIECE_ROWS", 100)
    times = pd.date_range("2026-01-05", periods=1440, freq="60s", tz="UTC")
    pd.DataFrame({"service": "a", "timestamp": times, "requests": 60}).to_csv(tmp_path / "m.csv", index=False)
    told = []
    found, _ = read_services(tmp_path / "m.csv", "m.csv", estate_base(Scenario()), tell=told.append)
    assert len(told) == 15 and found.settings["workload.requests_per_s"].tolist() == [1.0]


def test_a_file_that_is_no_parquet_is_refused():
    with pytest.raises(FleetError, match="no Parquet file"):
        column_names(b"name,requests", "x.parquet")


def test_the_command_line_hands_over(estate, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "model", "fleet", str(estate), "--out", str(tmp_path / "o.csv")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (
        done.returncode == 0 and "40 services judged" in done.stdout and "Modelled, not billed" in done.stdout
    )


# --- Dask -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """A real scheduler and two worker processes of their own on 127.0.0.1."""
    pytest.importorskip("distributed", reason="Dask is optional")
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        host="127.0.0.1",
        silence_logs=logging.CRITICAL,
    ) as started:
        yield started


def test_a_killed_worker_costs_time_and_no_digit(cluster, tmp_path):
    """One of the two is killed as soon as the first partition is back."""
    from model.fleet import on_dask

    frame = example_estate(160)
    path = tmp_path / "estate.csv"
    frame.to_csv(path, index=False)
    services, _ = read_services(path, path.name, estate_base(Scenario()))
    work = partitions.partitions(services, 8)
    here = {one.number: partitions.work_on(services.part(one.rows), one).results for one in work}
    victim = next(iter(cluster.workers.values()))
    pid = victim.pid
    there = {}
    for done in on_dask.run(services, work, cluster.scheduler_address, None):
        if not there:
            victim.process.process.kill()
        assert not done.failed
        there[done.number] = done.results
    assert there.keys() == here.keys()
    for number, table in here.items():
        pd.testing.assert_frame_equal(there[number], table, check_exact=True)
    assert victim.pid != pid


def test_a_scheduler_that_does_not_answer_is_one_line_and_code_2(estate, tmp_path, capsys, monkeypatch):
    pytest.importorskip("distributed", reason="Dask is optional")
    monkeypatch.setattr("model.fleet.on_dask.CONNECT_S", 0.3)
    assert ran(estate, tmp_path / "o.csv", "--scheduler", "tcp://127.0.0.1:9")[0] == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


def test_without_dask_the_command_says_what_to_install(estate, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "model.fleet.on_dask", None)
    assert ran(estate, tmp_path / "o.csv", "--workers", "2")[0] == 2
    assert "pip install -r requirements-dask.txt" in capsys.readouterr().err
