"""Processes that run jobs: one for each target, each running any number of jobs one by one.

Starting a framework takes seconds and a small job a fraction of one, so that whoever has many jobs
keeps the processes:

    with Workers() as workers:
        for planned in plans:
            results = workers.run(planned.jobs, planned.files, planned.arrays)

Every job starts afresh: its modules are imported anew, frameworks forget what they hold, draws
begin at the same seed. A process that ends or takes too long is replaced, and the next job starts
another.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType

from nndsl.verify.job import Job, Result, load_result, save_job
from nndsl.weights.arrays import Array
from nndsl.weights.process import environment

LAST_LINES = 12  # of a process that failed
RENEWED = 250  # jobs that one process runs: frameworks keep some memory of each
SERVE = "--serve"


class Worker:
    """A process of one target. What it prints goes to a file; its answers are lines of its own.

    python: the interpreter, whose frameworks run the jobs.
    """

    def __init__(self, target: str, python: str = sys.executable) -> None:
        self.target = target
        self._python = python
        self.done = 0
        self._process: subprocess.Popen[str] | None = None
        self._answers: Queue[str] = Queue()
        self._home = TemporaryDirectory(prefix="nndsl-verify-")
        self._folder: Path | None = None

    def submit(self, job: Job, files: Mapping[str, str], arrays: Mapping[str, Array]) -> None:
        """Hands over a job; `result` waits for what comes of it."""
        if self._process is None or self._process.poll() is not None or self.done >= RENEWED:
            self._start()
        self.done += 1
        self._folder = Path(self._home.name) / f"job{self.done}"
        self._folder.mkdir()
        save_job(self._folder, job, files, arrays)
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(f"{self._folder}\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended at its start: `result` says why

    def result(self, timeout: float | None = None) -> Result | str:
        """The job's result, or why there is none. timeout: seconds, after which it is ended."""
        assert self._folder is not None
        folder, self._folder = self._folder, None
        try:
            answer = self._answers.get(timeout=timeout)
        except Empty:
            self._end()
            return f"no result after {timeout:g} seconds"
        if answer != str(folder) or not (folder / "result.json").exists():
            return self._last_words()
        found = load_result(folder)
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()
        return _last(found.error) if found.error else found

    def close(self) -> None:
        """Ends the process and removes its files."""
        self._end()
        self._home.cleanup()

    def _start(self) -> None:
        self._end()
        self._home.cleanup()
        self._home = TemporaryDirectory(prefix="nndsl-verify-")
        self.done = 0
        self._answers = Queue()
        command = [self._python, "-m", f"nndsl.verify.{self.target}_side", SERVE]
        with self._said().open("w", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                command, cwd=self._home.name, env=environment(), text=True, stderr=said,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        Thread(target=_listen, args=(self._process, self._answers), daemon=True).start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _said(self) -> Path:
        return Path(self._home.name) / "said.txt"

    def _last_words(self) -> str:
        process = self._process
        code = process.wait() if process is not None else 0
        said = self._said().read_text(encoding="utf-8", errors="replace")
        self._end()
        return _last(said) or f"it ended with {code}"


class Workers:
    """A worker for each target that is asked for; a context manager."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def run(
        self,
        jobs: Mapping[str, Job],
        files: Mapping[str, Mapping[str, str]],
        arrays: Mapping[str, Array],
        timeout: float | None = None,
    ) -> dict[str, Result | str]:
        """By target the result, or why there is none; targets run side by side.

        timeout: seconds that each target may take, its start included.
        """
        for target, job in jobs.items():
            worker = self._workers.setdefault(target, Worker(target))
            worker.submit(job, files[target], arrays)
        return {target: self._workers[target].result(timeout) for target in jobs}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers.values():
            worker.close()


def _listen(process: subprocess.Popen[str], answers: Queue[str]) -> None:
    """Every line that the process answers; an empty one at its end."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            answers.put(line.strip())
    except ValueError:
        pass  # the stream was closed while it was read
    answers.put("")


def _last(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-LAST_LINES:])
