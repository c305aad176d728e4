"""Module: the base class of every layer and network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import count
from reprlib import recursive_repr
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from autograd import Tensor
from autograd.calls import Call, watching
from autograd.clock import stamp

from . import members
from .parameter import Parameter
from .population import recalibrate
from .state import LoadResult, load_state, state_of
from .summary import Summary, summarize, unchanged

__all__ = ["Module"]

ForwardHook = Callable[["Module", tuple[Any, ...], Any], Any]

_EMPTY: Mapping[Any, Any] = MappingProxyType({})
_next_key = count().__next__


class Module:
    """A layer, a network, or any part of one: parameters, submodules, and `forward`.

    A subclass makes its parts in `__init__` and computes in `forward`:

        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden = [nn.Linear(64, 64), nn.Linear(64, 64)]
                self.top = nn.Linear(64, 10)

            def forward(self, x):
                for layer in self.hidden:
                    x = nn.functional.relu(layer(x))
                return self.top(x)

    A Parameter or Module that is an attribute is part of the module, also inside lists, tuples and
    dicts, at any depth; its path is then `hidden.0.weight`. They come in the order in which the
    attributes were set, and one that is shared comes once.

    Attributes:
        training: whether layers that behave differently while learning (dropout, batch
            normalization) do so; see `train` and `eval`.
    """

    training: bool = True
    # Name of each buffer -> whether it belongs to the state. Replaced, never changed, so that the
    # empty ones can stand on the class and a subclass may leave super().__init__() out.
    _buffers: Mapping[str, bool] = _EMPTY
    _forward_hooks: Mapping[int, ForwardHook] = _EMPTY

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; a subclass defines it, and users call the module itself."""
        raise NotImplementedError(
            f"{type(self).__name__} does not define forward; write def forward(self, x) in it"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`forward(*args, **kwargs)`, then the forward hooks.

        An exception on the way gets a note with the path of the submodule that raised it.
        """
        calls = watching.get()
        if calls is not None:
            call = Call(self)
            calls.append(call)
        try:
            output = self.forward(*args, **kwargs)
        except Exception as error:
            _note_path(self, error)
            raise
        if self._forward_hooks:
            for hook in tuple(self._forward_hooks.values()):
                changed = hook(self, args, output)
                if changed is not None:
                    output = changed
        if calls is not None:
            call.end(output)
        return output

    # -- what it consists of ------------------------------------------------------------------

    def own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Names and parameters of this module itself, not of its submodules."""
        for name, value in vars(self).items():
            yield from members.opened(name, value, (Parameter,))

    def own_modules(self) -> Iterator[tuple[str, Module]]:
        """Names and modules directly below this one."""
        for name, value in vars(self).items():
            if name != "_forward_hooks":
                yield from members.opened(name, value, (Module,))

    def own_buffers(self) -> Iterator[tuple[str, Tensor, bool]]:
        """Name, buffer, and whether it belongs to the state, of this module itself."""
        for name, persistent in self._buffers.items():
            buffer = getattr(self, name)
            if buffer is not None:
                yield name, buffer, persistent

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Pairs of a path, such as `"fc1.weight"`, and a parameter.

        A parameter without a name of its own gets this path as its `.name`, by which errors,
        drawings and optimizers then call it.
        """
        for path, parameter in members.parameters(self, prefix, recurse, remove_duplicate):
            if parameter.name is None:
                parameter.name = path
            yield path, parameter

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, shared ones once; without `recurse` only this module's own."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Pairs of a path and a buffer."""
        return members.buffers(self, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, shared ones once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def named_modules(
        self, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Pairs of a path and a module: this one (at `prefix`) and all below it."""
        return members.modules(self, prefix, set(), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, parents before children, shared ones once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Pairs of a name and a module directly below this one, shared ones once."""
        seen: set[int] = set()
        for name, child in self.own_modules():
            if id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, shared ones once."""
        return (child for _, child in self.named_children())

    def register_buffer(
        self, name: str, tensor: Tensor | ArrayLike | None, persistent: bool = True
    ) -> None:
        """Make `tensor` the attribute `name`: part of the state, but nothing to be learned.

        Args:
            name: an attribute name that is still free.
            tensor: the value, an array or a Tensor without a gradient; None for none yet.
            persistent: whether it stands in `state_dict`.

        Raises:
            ValueError: the name is empty or has a dot.
            KeyError: the attribute exists already.
            TypeError: the tensor requires a gradient.
        """
        if not name or "." in name:
            raise ValueError(
                "register_buffer expects a name without a dot, such as 'running_mean', got "
                f"{name!r}"
            )
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError(
                f"{type(self).__name__} has an attribute {name!r} already; "
                "choose another name for the buffer"
            )
        if tensor is not None and not isinstance(tensor, Tensor):
            tensor = Tensor(tensor)
        if tensor is not None and tensor.requires_grad:
            raise TypeError(
                f"register_buffer expects a tensor without a gradient for {name!r}; pass "
                "tensor.detach(), or make it a Parameter if it is to be learned"
            )
        setattr(self, name, tensor)
        self._buffers = {**self._buffers, name: persistent}

    # -- modes, gradients, dtype --------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all submodules; returns the module."""
        if not isinstance(mode, bool):
            raise TypeError(f"train expects True or False, got {type(mode).__name__}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """The same as `train(False)`: behave as at test time."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for _, parameter in members.parameters(self):
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(np.zeros_like(parameter.data))

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all parameters learn, or freeze them; returns the module."""
        for _, parameter in members.parameters(self):
            parameter.requires_grad_(requires_grad)
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Convert parameters, their gradients and floating buffers to `dtype`, in place.

        Raises TypeError for a dtype that is not floating.
        """
        wanted = np.dtype(dtype)
        if wanted.kind != "f":
            raise TypeError(f"to expects a floating dtype such as 'float64', got {wanted}")
        for _, tensor in (*members.parameters(self), *members.buffers(self)):
            if tensor.dtype.kind == "f":
                tensor.data = tensor.data.astype(wanted)
                stamp(tensor)
                if tensor.grad is not None:
                    tensor.grad = Tensor(tensor.grad.data.astype(wanted))
        return self

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function` with each submodule, children first, then this one; returns it."""
        for module in list(members.bottom_up(self, set())):
            function(module)
        return self

    # -- state --------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of every parameter and persistent buffer: path -> NumPy array.

        The paths are PyTorch's. It is a snapshot: training on does not change it.
        """
        return state_of(self)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> LoadResult:
        """Copy the values of `state_dict` into the parameters and persistent buffers.

        Args:
            state_dict: path -> array, Tensor, or anything NumPy takes for an array. Values are
                converted to the dtype of the parameter.
            strict: raise when a path is missing here or there. Without it they are returned.

        Returns: the pair (`missing_keys`, `unexpected_keys`).

        Raises:
            RuntimeError: listing every missing, unexpected and wrong-shaped path. Nothing has
                been changed then.
        """
        return load_state(self, state_dict, strict)

    def recalibrate(self, loader: Iterable[Any]) -> Self:
        """Give every batch normalization below the statistics of a whole training set.

        Args:
            loader: goes through the training set in batches, each an input x of this module or a
                tuple that begins with it. It is gone through once for each of those layers.

        Layer by layer, from the first that is called to the last: with the final statistics of
        those before it, a layer's input over all samples gives its mean and its variance (divided
        by the number of values). What comes out is what one pass over all samples in a single
        batch would normalize with, whatever the batch size. All else is as in `eval()`: dropout is
        off. Modes are left as they were. A layer that is called several times in one forward pass
        takes the statistics of its first call.

        Returns: the module.

        Raises:
            TypeError: a loader that can be gone through only once. ValueError: an empty one.

        Deck, part C: the third of the statistics at test time; see `BatchNorm1d`.
        """
        recalibrate(self, loader)
        return self

    # -- looking at it ------------------------------------------------------------------------

    def register_forward_hook(self, hook: ForwardHook) -> ForwardHookHandle:
        """Call `hook(module, args, output)` after each `forward`.

        What the hook returns replaces the output, unless it is None. Returns a handle;
        `handle.remove()` takes the hook away.
        """
        handle = ForwardHookHandle(self, _next_key())
        self._forward_hooks = {**self._forward_hooks, handle.key: hook}
        return handle

    def summary(self, input_shape: Any, dtype: DTypeLike | None = None) -> Summary:
        """A table of the layers, their output shapes and their parameters; `print` shows it.

        Args:
            input_shape: the shape of the input with its batch axis, such as (1, 784); a list of
                shapes for a `forward` of several inputs.
            dtype: of the input, which is zeros; None takes that of the first parameter.

        Returns: a `Summary`: the rows, and the number of parameters with shared ones counted once.

        A forward pass in eval mode finds the shapes; modes, buffers and random generators are left
        as they were.

        >>> import nn
        >>> print(nn.Sequential(nn.Linear(784, 10), nn.ReLU()).summary((1, 784)))
        Input shape: (1, 784)
        -------------------------------------
        Layer        Output shape  Parameters
        -------------------------------------
        Sequential   (1, 10)                0
          0: Linear  (1, 10)            7,850
          1: ReLU    (1, 10)                0
        -------------------------------------
        Parameters: 7,850
        """
        return summarize(self, input_shape, dtype)

    def unchanged(self) -> AbstractContextManager[None]:
        """A block that may run the module to look at it, and leaves no trace.

        Modes, buffers and random generators are afterwards as they were before; parameters are
        not looked after.
        """
        return unchanged(self)

    def extra_repr(self) -> str:
        """What stands between the parentheses of the repr of a layer; a subclass defines it."""
        return ""

    @recursive_repr()
    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}" for name, child in self.own_modules()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        body = "\n".join([extra] * bool(extra) + lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"

    def _repr_html_(self) -> str:
        from autograd.drawing.notebook import module_html

        return module_html(self)


class ForwardHookHandle(NamedTuple):
    """What `register_forward_hook` returns; `remove()` takes the hook away again."""

    module: Module
    key: int

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        hooks = self.module._forward_hooks
        self.module._forward_hooks = {k: hook for k, hook in hooks.items() if k != self.key}


def _note_path(module: Module, error: Exception) -> None:
    """Write into the notes of `error` where below `module` it was raised.

    Each module on the way out knows a longer path than the one before, and replaces its note.
    """
    known: dict[str, Any] = vars(error)
    failed, old = known.get("_raised_in", (module, None))
    path = next((path for path, m in module.named_modules() if m is failed), None)
    if path is None:
        return
    place = f"{type(failed).__name__}({failed.extra_repr()})"
    note = f"in module {path}: {place}" if path else f"in module {place}"
    if old is None:
        error.add_note(note)
    else:
        error.__notes__[error.__notes__.index(old)] = note
    known["_raised_in"] = failed, note
