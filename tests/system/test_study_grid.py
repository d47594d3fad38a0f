"""The grid on a Ray cluster of three nodes on this machine, of which one is killed."""

import json
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from ray.cluster_utils import Cluster
from small_corpus import small_corpus

from tombola.cli.report import command as report
from tombola.cli.study import command
from tombola.errors import TombolaError
from tombola.training.study.grid import Job, machines, run_jobs

CELLS = 12
STUDY = """
seeds = [0]
[voices.tone]
corpus = "{corpus}"
keep = [0.5]
[voices.tone.training]
steps = 4
rewind_step = 1
batch = 1
frames = 25
widths = {{ input = 8, hidden = 10, output = 8 }}
[voices.tone.ways.once]
criterion = "l1"
"""


def job(number: int, folder: Path) -> Job:
    """A job that notes where it is run, and waits until a node has died.

    On the node that died it waits for ever: a dead machine sends nothing any more.
    """

    def work(number: int, folder: Path) -> dict[str, object]:
        import time  # noqa: PLC0415 - it is sent to another process as it stands
        from pathlib import Path  # noqa: PLC0415

        import ray  # noqa: PLC0415

        node = ray.get_runtime_context().get_node_id()
        with (Path(folder) / f"{number}.begun").open("a") as file:
            file.write(node + "\n")
        if number == 5:
            raise ValueError("this cell has a mistake")
        killed = Path(folder) / "killed"
        while not killed.exists() or killed.read_text() in ("", node):
            time.sleep(0.05)
        return {"number": number, "node": node}

    return Job(f"cell-{number}", f"cell {number}", work, (number, folder))


@pytest.fixture(scope="module")
def cluster():
    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    started = Cluster(
        initialize_head=True, head_node_args={**node, "include_dashboard": False}
    )
    yield started, [started.add_node(**node) for _ in range(2)]
    started.shutdown()


def test_a_grid_survives_the_death_of_a_node(cluster, tmp_path) -> None:
    started, nodes = cluster
    jobs = [job(number, tmp_path) for number in range(CELLS)]
    dead = nodes[0]

    def kill() -> None:
        """Kill one node once it is in the middle of a cell."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            begun = [p.read_text() for p in tmp_path.glob("*.begun")]
            if any(dead.node_id in text for text in begun):
                break
            time.sleep(0.05)
        started.remove_node(dead, allow_graceful=False)
        (tmp_path / "killed").write_text(dead.node_id)

    killer = threading.Thread(target=kill)
    with machines(started.address, None):
        killer.start()
        results = run_jobs(jobs, tmp_path / "rows")
        killer.join()
        first = (tmp_path / "rows" / "cell-0.json").stat().st_mtime_ns
        again = run_jobs(jobs, tmp_path / "rows")
    wanted = {f"cell-{n}" for n in range(CELLS)} - {"cell-5"}
    assert results.rows.keys() == wanted, "a cell was lost with the node"
    assert results.failed == {"cell-5": "ValueError: this cell has a mistake"}
    places = [p.read_text().split() for p in tmp_path.glob("*.begun")]
    moved = [p for p in places if dead.node_id in p]
    assert any(len(p) > 1 for p in moved), "no cell was on the node when it died"
    assert all(row["node"] != dead.node_id for row in results.rows.values())
    # Asked for again, only what failed is run.
    assert again.rows == results.rows
    assert len((tmp_path / "5.begun").read_text().split()) == 2
    assert (tmp_path / "rows" / "cell-0.json").stat().st_mtime_ns == first
    assert json.loads((tmp_path / "rows" / "cell-3.json").read_text())["number"] == 3
    error = (tmp_path / "rows" / "cell-5.error").read_text()
    assert "this cell has a mistake" in error


def test_a_study_on_a_cluster_from_its_file_to_its_table_and_page(
    cluster, tmp_path, monkeypatch
) -> None:
    small_corpus().save(tmp_path / "corpus")
    (tmp_path / "tiny.toml").write_text(STUDY.format(corpus=tmp_path / "corpus"))
    page = tmp_path / "page.md"
    page.write_text("<!-- results -->\n<!-- end -->\n")
    monkeypatch.chdir(tmp_path)
    words = ["tiny.toml", "--so-far", "--address", cluster[0].address]
    nothing = CliRunner().invoke(command, words)
    assert nothing.exit_code == 1
    assert "1 cells have no result" in nothing.output
    done = CliRunner().invoke(command, [w for w in words if w != "--so-far"])
    assert done.exit_code == 0, done.output
    content = json.loads((tmp_path / "build/reports/study.json").read_text())
    row = content["voices"]["tone"]["tiny: once 0.5"]
    assert row["method"] == "once"
    assert row["params_ratio"] <= 0.5
    assert row["loss_ratio_to_dense"] > 0
    assert row["seeds"] == [0]
    table = "build/studies/tiny/tiny-tone.csv"
    kept = Path(table).read_bytes()
    again = CliRunner().invoke(command, words)
    assert again.exit_code == 0, again.output
    assert Path(table).read_bytes() == kept
    done = CliRunner().invoke(report, [table, "--page", str(page)])
    assert done.exit_code == 0, done.output
    assert "| once 0.5 |" in page.read_text()


def test_a_cluster_that_is_not_there_is_said() -> None:
    with (
        pytest.raises(TombolaError, match="no Ray cluster answers"),
        machines("127.0.0.1:1", None),
    ):
        raise AssertionError("there is a cluster")
