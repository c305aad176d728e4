"""Every differentiable function of the library, under NumPy's names: tables of derivatives.

`elementwise` is the place to start reading.
"""

from . import (
    decompositions,
    elementwise,
    indexing,
    joining,
    linalg,
    plain,
    products,
    rearranging,
    reduce,
    shape,
    signal,
    sorting,
)
from .decompositions import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .indexing import *  # noqa: F403
from .joining import *  # noqa: F403
from .linalg import *  # noqa: F403
from .plain import *  # noqa: F403
from .products import *  # noqa: F403
from .rearranging import *  # noqa: F403
from .reduce import *  # noqa: F403
from .shape import *  # noqa: F403
from .signal import *  # noqa: F403
from .sorting import *  # noqa: F403

__all__: list[str] = []
__all__ += decompositions.__all__
__all__ += elementwise.__all__
__all__ += indexing.__all__
__all__ += joining.__all__
__all__ += linalg.__all__
__all__ += plain.__all__
__all__ += products.__all__
__all__ += rearranging.__all__
__all__ += reduce.__all__
__all__ += shape.__all__
__all__ += signal.__all__
__all__ += sorting.__all__


def __dir__() -> list[str]:
    return sorted(__all__)
