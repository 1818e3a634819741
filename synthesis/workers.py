"""Synthesis workers behind :mod:`concurrent.futures`."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from synthesis.errors import ToolError
from synthesis.flow import Flow, Point, Synthesizer
from synthesis.netlist import Netlist


class SynthesisPool:
    """Threads that each keep an ABC process alive; ABC does the work outside Python's lock.

    A process that dies, hangs or answers nonsense is replaced and its design retried once; the
    second failure is the future's exception, a :class:`~synthesis.errors.ToolError`.

    Args:
        flow: How designs are judged.
        workers: Number of processes.
    """

    def __init__(self, flow: Flow, workers: int):
        self._flow = flow
        self._local = threading.local()
        self._open: set[Synthesizer] = set()
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="synthesis")

    def submit(self, netlist: Netlist, *, prove: bool = False) -> Future[tuple[Point, ...]]:
        """Queues a design; the future gives its curve."""
        return self._executor.submit(self._curve, netlist, prove=prove)

    def _curve(self, netlist: Netlist, *, prove: bool) -> tuple[Point, ...]:
        try:
            return self._synthesizer().curve(netlist, prove=prove)
        except ToolError:
            self._discard()
        try:
            return self._synthesizer().curve(netlist, prove=prove)
        except ToolError:
            self._discard()
            raise

    def _synthesizer(self) -> Synthesizer:
        if not hasattr(self._local, "synthesizer"):
            self._local.synthesizer = Synthesizer(self._flow)
            self._open.add(self._local.synthesizer)
        return self._local.synthesizer

    def _discard(self) -> None:
        if hasattr(self._local, "synthesizer"):
            self._open.discard(self._local.synthesizer)
            self._local.synthesizer.close()
            del self._local.synthesizer

    def close(self) -> None:
        """Drops queued designs, waits for those in work, ends every process."""
        self._executor.shutdown(cancel_futures=True)
        for synthesizer in self._open:
            synthesizer.close()
        self._open.clear()

    def __enter__(self) -> "SynthesisPool":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
