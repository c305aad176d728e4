"""Is the graph being recorded? One switch, per thread and per asynchronous task.

`no_grad` stops recording, `enable_grad` starts it again, `set_grad_enabled(mode)` decides by a
value. Each is a context manager and a decorator, for plain functions, generators and coroutines.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, TypeVar

__all__ = ["enable_grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]

F = TypeVar("F", bound=Callable[..., Any])

grad_enabled: ContextVar[bool] = ContextVar("grad_enabled", default=True)
# Whether backward looks at what each rule makes: see `debug.detect_anomaly`.
anomaly: ContextVar[bool] = ContextVar("anomaly", default=False)


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require a gradient are recorded here and now."""
    return grad_enabled.get()


class set_grad_enabled:  # noqa: N801 - the name users of PyTorch type
    """Record operations (`mode=True`) or not (`mode=False`) inside a `with` block or a function.

    The mode belongs to the running thread or asynchronous task; it nests, and an exception
    restores what was there before. A decorated generator has the mode while its own code runs,
    and leaves its consumer's mode alone.

    >>> import autograd
    >>> with autograd.set_grad_enabled(False):
    ...     autograd.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled expects True or False, got {type(mode).__name__}; "
                "to decorate a function write @set_grad_enabled(False)"
            )
        self.mode = mode
        self._tokens: list[Token[bool]] = []

    def __enter__(self) -> None:
        self._tokens.append(grad_enabled.set(self.mode))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        grad_enabled.reset(self._tokens.pop())

    def __call__(self, function: F) -> F:
        """Decorate `function` so that its body runs in this mode."""
        mode = self.mode
        wrapped: Callable[..., Any]

        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                return _generator_in_mode(mode, function(*args, **kwargs))

        elif inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                with set_grad_enabled(mode):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                with set_grad_enabled(mode):
                    return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


def _generator_in_mode(mode: bool, body: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Drive `body`, in `mode` while it runs and in the consumer's mode while it waits."""
    advance: Callable[[], Any] = functools.partial(next, body)
    while True:
        with set_grad_enabled(mode):
            try:
                item = advance()
            except StopIteration as stop:
                return stop.value
        try:
            sent = yield item
        except GeneratorExit:
            with set_grad_enabled(mode):
                body.close()
            raise
        except BaseException as error:
            advance = functools.partial(body.throw, error)
        else:
            advance = functools.partial(body.send, sent)


class _FixedMode(set_grad_enabled):
    """`no_grad` and `enable_grad` work with and without parentheses as decorators."""

    _mode: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = super().__new__(cls)
        if function is None:
            return self
        self.__init__()  # type: ignore[misc]
        return self(function)

    def __init__(self) -> None:
        super().__init__(self._mode)


class no_grad(_FixedMode):  # noqa: N801
    """Do not record: results inside do not require a gradient. Context manager and decorator."""

    _mode = False


class enable_grad(_FixedMode):  # noqa: N801
    """Record again, inside a `no_grad` block. Context manager and decorator."""

    _mode = True
