"""Every differentiable function of the library, under NumPy's names: tables of derivatives.

`elementwise` is the place to start reading.
"""

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
