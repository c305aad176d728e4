"""Functions of functions: from f, its gradient, Jacobian, Hessian, and products with them.

Names and signatures follow JAX and HIPS autograd. What holds for all of them:

* Raw arrays in, raw arrays out; a Tensor among the arguments, Tensors out. Tensors come out too
  when f closes over tensors that require a gradient: the result then depends on them, and cutting
  that dependence would make derivatives of it silently wrong.
* Everything nests: `grad(grad(f))`, `jacobian(grad(f))`, a `grad` inside the function that another
  `grad` differentiates. Each call makes variables of its own, so they are never confused.
* Arguments and results may be nested lists, tuples and dicts of arrays.
* They work under `no_grad` too: what f computes is recorded, the result is not.
"""

from .gradient import elementwise_grad, grad, per_sample_grad, value_and_grad
from .matrices import hessian, jacobian
from .products import hvp, jvp, vjp
from .recompute import checkpoint

__all__ = [
    "checkpoint",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "per_sample_grad",
    "value_and_grad",
    "vjp",
]
