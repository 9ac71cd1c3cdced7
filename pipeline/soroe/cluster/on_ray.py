"""Work spread over a cluster of Ray by Ray Data: what goes there and comes back are partitions' descriptions and counts, no texts.

A partition is a task, not the call of an actor: what was given to a machine that goes away is given to another, and one that joins has
work at once. The process that a task is done in has its pipeline already, from the partition before.
"""

from __future__ import annotations

import ipaddress
import os
import pickle
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, TypeAlias

from soroe.cluster.apart import Answer, Apart, Undone, checked
from soroe.cluster.part import Job
from soroe.crew import cores
from soroe.formats.read import BadInput

Spread: TypeAlias = Callable[[str, Job, Sequence[Any]], Iterator[tuple[int, Any]]]

NO_RAY = "--engine ray needs Ray, which is not installed: pip install 'soroe[ray]'"
_PATIENCE = 10.0  # seconds until a cluster should have answered
_SECRET = frozenset({"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"})
# What goes through the object store is small.
_OBJECT_STORE = 128 << 20


@contextmanager
def on_ray(address: str | None = None, workers: int | None = None) -> Iterator[Spread]:
    """Spreads work over the cluster at ``address`` (`auto`, `host:port`), or over one that lasts as long as the block.

    ``workers`` is the number of partitions that are worked on at a time: by default as many as there are cores.
    """
    if not find_spec("ray"):
        raise BadInput(NO_RAY)
    if address and address.startswith("ray://"):
        raise BadInput(
            f"--ray-address {address}: Ray Data does not work from outside of a cluster; run soroe on a machine of it, "
            "with --ray-address auto, or by: ray job submit --address http://HEAD:8265 -- soroe run …"
        )
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DATA_LOG_LEVEL", "ERROR")
    if address is None or _is_here(address):
        # Ray would take the address of this machine that others see, where nothing listens.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    if address is None and not _SECRET.intersection(os.environ):
        # A cluster that lasts as long as a run has a secret that does too; Ray would keep one in the user's home.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    if address:
        _check_reachable(address)
    import ray

    try:
        import ray.data
    except ImportError as error:
        raise BadInput(f"{NO_RAY} ({error})") from None
    is_ours = False

    def spread(work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        nonlocal is_ours
        if not ray.is_initialized():  # it takes seconds, and is begun when there is work
            is_ours = True
            _begin(ray, address, workers)
        return _spread(workers, work, job, items)

    try:
        yield spread
    finally:
        if is_ours:
            ray.shutdown()


def _begin(ray: Any, address: str | None, workers: int | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
    try:
        if address is None:
            number = workers or cores()
            ray.init(
                address="local",
                num_cpus=number,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE,
                _node_ip_address="127.0.0.1",
                **quiet,
            )
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        raise BadInput(f"--ray-address {address or 'local'}: {' '.join(str(error).split())[:300]}") from None


def _check_reachable(address: str) -> None:
    """Raises `BadInput` where no one listens: Ray would try for minutes."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if not host or not port.isdecimal():
        return  # auto, or what Ray itself understands
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except OSError as error:
        raise BadInput(f"--ray-address {address}: no cluster can be reached there: {error.strerror or error}") from None


def _is_here(address: str) -> bool:
    host = address.rpartition("//")[2].rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _spread(workers: int | None, work: str, job: Job, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    import ray
    from ray.data import DataContext, TaskPoolStrategy

    if not items:
        return
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    told = ray.put(pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
    rows = [{"number": number, "item": pickle.dumps(item)} for number, item in enumerate(items)]
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        _done,
        fn_kwargs={"work": work, "key": job.key, "told": [told]},
        num_cpus=1,
        compute=TaskPoolStrategy(min(workers, len(items)) if workers else None),
    )
    try:
        for row in dataset.iter_rows():
            yield int(row["number"]), checked(pickle.loads(row["answer"]))
    except ray.exceptions.RayError as error:
        raise Undone(f"Ray: {' '.join(str(error).split())[:500]}") from error


# In a process of Ray's: what it has begun is there for the next partition too.
_apart: list[Apart] = []
_jobs: dict[str, Job] = {}


def _done(row: dict[str, Any], work: str, key: str, told: list[Any]) -> dict[str, Any]:
    import ray

    if key not in _jobs:
        _jobs.clear()
        _jobs[key] = pickle.loads(ray.get(told[0]))
    if not _apart:
        _apart.append(Apart())
    answer: Answer = _apart[0].do(work, _jobs[key], pickle.loads(row["item"]))
    return {"number": row["number"], "answer": pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)}
