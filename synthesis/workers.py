"""Synthesis workers behind :mod:`concurrent.futures`."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from synthesis.errors import ToolError, WorkerError
from synthesis.flow import Flow, Point, Synthesizer
from synthesis.netlist import Netlist


class SynthesisPool:
    """Threads that each keep an ABC process alive; ABC does the work outside Python's lock.

    A process that dies, hangs or answers nonsense is replaced and its design retried once; the
    second failure is the future's exception: a :class:`~synthesis.errors.ToolError` that concerns
    this design, a :class:`~synthesis.errors.WorkerError` where no worker starts, an
    :class:`OSError` where files cannot be written, or a :class:`~synthesis.errors.UserError` where
    the library has changed.

    Args:
        flow: How designs are judged.
        workers: Number of processes.
    """

    def __init__(self, flow: Flow, workers: int):
        self._flow = flow
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: set[Synthesizer] = set()
        self._closed = False
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="synthesis")

    def submit(self, netlist: Netlist, *, prove: bool = False) -> Future[tuple[Point, ...]]:
        """Queues a design; the future gives its curve."""
        return self._executor.submit(self._curve, netlist, prove=prove)

    def _curve(self, netlist: Netlist, *, prove: bool) -> tuple[Point, ...]:
        try:
            return self._synthesizer().curve(netlist, prove=prove)
        except (ToolError, OSError):
            self._discard()
        try:
            synthesizer = self._synthesizer()
        except ToolError as error:
            raise WorkerError("synthesis", f"no worker can be started: {error}") from error
        try:
            return synthesizer.curve(netlist, prove=prove)
        except (ToolError, OSError):
            self._discard()
            raise

    def _synthesizer(self) -> Synthesizer:
        if not hasattr(self._local, "synthesizer"):
            if self._closed:
                raise ToolError("synthesis", "the pool is closed")
            self._local.synthesizer = Synthesizer(self._flow)
            with self._lock:
                self._open.add(self._local.synthesizer)
                if self._closed:
                    self._local.synthesizer.session.kill()
        return self._local.synthesizer

    def _discard(self) -> None:
        if hasattr(self._local, "synthesizer"):
            with self._lock:
                self._open.discard(self._local.synthesizer)
            self._local.synthesizer.close()
            del self._local.synthesizer

    def close(self) -> None:
        """Ends every process at once; designs queued or in work are dropped."""
        with self._lock:
            self._closed = True
            for synthesizer in self._open:
                synthesizer.session.kill()
        self._executor.shutdown(cancel_futures=True)
        for synthesizer in self._open:
            synthesizer.close()
        self._open.clear()

    def __enter__(self) -> "SynthesisPool":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
