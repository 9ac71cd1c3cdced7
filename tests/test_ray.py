"""A run on a cluster of three nodes, of which one is killed in the middle: the same bytes, nothing lost and nothing doubled."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from test_cluster import alone, assert_given_back, assert_same, poisoned, row, together

from soroe.cli import main
from soroe.cluster.on_ray import on_ray
from soroe.cluster.run import Step, run
from soroe.formats.places import Folder
from soroe.formats.read import BadInput, Reading
from soroe.settings import Settings

# Before Ray is imported: it listens on the loopback address alone, to those who know its secret, and tells no one of us.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'soroe[ray]'")
pytest.importorskip("ray.data", reason="Ray Data is not installed: pip install 'soroe[ray]'")

NODE: dict[str, Any] = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": 80 << 20}
# A node that is gone is missed after a second, and not after ten.
HEALTH = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 200, "health_check_failure_threshold": 5}


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="a cluster of several nodes on one machine is for Linux"
)


class Nodes:
    """A cluster of three nodes, each with one core; the first one has what holds it together."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        head = NODE | {"include_dashboard": False, "_system_config": HEALTH}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.others = [self.cluster.add_node(**NODE) for _ in range(2)]
        self.cluster.wait_for_nodes()

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def kill_one(self) -> list[int]:
        """Kills a node at once, and tells which processes were cleaning there."""
        node = self.others.pop()
        (raylet,) = node.all_processes["raylet"]
        working = [pid for pid, about in descendants(raylet.process.pid).items() if "soroe.cluster.apart" in about]
        self.cluster.remove_node(node, allow_graceful=False)
        return working


def descendants(of: int) -> dict[int, str]:
    """The processes that a process has begun, and those that they have, with their command lines."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found: dict[int, str] = {}
    for pid in parents:
        above = pid
        while above in parents and above != of:
            above = parents[above]
        if above == of and pid != of:
            with suppress(OSError):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text()
    return found


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    made = Nodes(tmp_path)
    yield made
    ray.shutdown()
    made.cluster.shutdown()


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    home = tmp_path / "in"
    home.mkdir()
    for file in range(3):
        rows = [row(number, f'"{(number + 31 * file) % 500}"') for number in range(400)]
        (home / f"{file}.jsonl").write_text("\n".join([*rows[:100], "[1]", *rows[100:]]), "utf-8")
    return home


@pytest.mark.parametrize("scope", ["document", "corpus"])
def test_a_node_that_is_killed_takes_nothing_along(scope: Any, nodes: Nodes, inputs: Path, tmp_path: Path) -> None:
    one = alone(inputs, tmp_path / "one", scope=scope)
    out = str(tmp_path / "parts")
    did: list[Step] = []
    killed: list[int] = []

    def watch(step: Step) -> None:
        did.append(step)
        if step.told and len(nodes.others) == 2:
            killed.extend(nodes.kill_one())

    with on_ray(nodes.address) as spread:
        run([str(inputs)], out, Settings(), Reading(), spread, watch, scope=scope, size=20_000)
        assert sum(node["Alive"] for node in ray.nodes()) == 2
    assert_same(together(Folder(out)), one)
    assert_given_back(Path(out), inputs)
    told = sorted(step.told.number for step in did if step.told)
    assert told == list(range(len(told)))
    assert len(told) > 12
    assert not list((tmp_path / "parts").rglob("*unfinished*"))
    assert killed  # it was at something
    assert not [pid for pid in killed if Path(f"/proc/{pid}").exists()]


def test_on_a_cluster_too_an_article_that_is_lost_is_lost_alone(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (inputs / "1.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"id": "毒", "text": "毒"}\n')
    one = alone(inputs, tmp_path / "one")
    poisoned(tmp_path / "site", monkeypatch, "os.kill(os.getpid(), signal.SIGKILL)")
    out = tmp_path / "parts"
    options = ["--engine", "ray", "--partition-size", "40KiB", "--workers", "2", "--settings", "none"]
    assert main(["run", str(inputs), "--out", str(out), *options]) == 2
    told = together(Folder(str(out)))
    lost = [json.loads(line) for line in told["quarantine.jsonl"].splitlines() if "毒".encode() in line]
    assert [(record["source"], record["line"]) for record in lost] == [("1.jsonl", 402)]
    assert "signal 9, twice" in lost[0]["reason"]
    assert told["clean/1.jsonl"] == one["clean/1.jsonl"].replace('{"id": "毒", "text": "毒"}\n'.encode(), b"")
    assert told["clean/2.jsonl"] == one["clean/2.jsonl"]


@pytest.mark.parametrize(
    ("address", "why"),
    [("127.0.0.1:1", "no cluster can be reached there"), ("ray://127.0.0.1:10001", "run soroe on a machine of it")],
)
def test_a_cluster_that_cannot_be_used_is_told_at_once(address: str, why: str) -> None:
    with pytest.raises(BadInput, match=f"--ray-address {address}: .*{why}"), on_ray(address):
        pass


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    # In a process of its own: Ray is slow to give up, and remembers.
    command = "from soroe.cli import entry; entry()"
    arguments = ["run", "a.txt", "--out", "out", "--engine", "ray", "--ray-address", "nonsense"]
    (tmp_path / "a.txt").write_text("マスク氏\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("soroe: --ray-address nonsense: ")
    assert not (tmp_path / "out").exists()


def test_without_ray_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soroe.cluster.on_ray.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'soroe\[ray\]'"), on_ray():
        pass
