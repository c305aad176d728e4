"""Every differentiable function of the library, under NumPy's names: tables of derivatives.

`elementwise` is the place to start reading.
"""

from . import (
    applying,
    creation,
    cumulative,
    decompositions,
    elementwise,
    indexing,
    joining,
    linalg,
    masked,
    plain,
    products,
    rearranging,
    reduce,
    shape,
    signal,
    sorting,
    special,
    statistics,
    windows,
    writing,
)
from .applying import *  # noqa: F403
from .creation import *  # noqa: F403
from .cumulative import *  # noqa: F403
from .decompositions import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .indexing import *  # noqa: F403
from .joining import *  # noqa: F403
from .linalg import *  # noqa: F403
from .masked import *  # noqa: F403
from .plain import *  # noqa: F403
from .products import *  # noqa: F403
from .rearranging import *  # noqa: F403
from .reduce import *  # noqa: F403
from .shape import *  # noqa: F403
from .signal import *  # noqa: F403
from .sorting import *  # noqa: F403
from .special import *  # noqa: F403
from .statistics import *  # noqa: F403
from .windows import *  # noqa: F403
from .writing import *  # noqa: F403

__all__: list[str] = []
__all__ += applying.__all__
__all__ += creation.__all__
__all__ += cumulative.__all__
__all__ += decompositions.__all__
__all__ += elementwise.__all__
__all__ += indexing.__all__
__all__ += joining.__all__
__all__ += linalg.__all__
__all__ += masked.__all__
__all__ += plain.__all__
__all__ += products.__all__
__all__ += rearranging.__all__
__all__ += reduce.__all__
__all__ += shape.__all__
__all__ += signal.__all__
__all__ += sorting.__all__
__all__ += special.__all__
__all__ += statistics.__all__
__all__ += windows.__all__
__all__ += writing.__all__


def __dir__() -> list[str]:
    return sorted(__all__)
