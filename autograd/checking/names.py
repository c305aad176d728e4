"""The words of a report: verdicts, and the named ways in which a gradient goes wrong."""

from __future__ import annotations

__all__ = ["ADVICE", "VERDICTS"]

PASS = "pass"
FAIL = "fail"
NOT_DIFFERENTIABLE = "non-differentiable"
CANNOT_TELL = "cannot tell"
NOTHING_CHECKED = "nothing checked"

# From the worst on: the verdict of a report is the first that one of its findings has.
VERDICTS = (FAIL, NOT_DIFFERENTIABLE, CANNOT_TELL, NOTHING_CHECKED, PASS)

WRONG_SIGN = "wrong sign"
SCALE_FACTOR = "scale factor"
TRANSPOSED = "transposed"
MISSING_UNBROADCAST = "missing un-broadcast"
MISSING_ACCUMULATION = "missing accumulation"
OFF_BY_INDEX = "off by an index or slice"
INVERTED_MASK = "inverted mask"
MISSING_MASK = "missing mask"
BACKWARDS = "runs the wrong way"
ONE_TERM = "one term lost or wrong"
VARYING_FACTOR = "a factor that varies"
SWAPPED = "rules exchanged"
NONLINEAR = "depends on g nonlinearly"
IGNORES_G = "ignores g"
WRITES_G = "writes into g"
WRITES_INPUTS = "writes into inputs"
NONDETERMINISTIC = "nondeterministic"
STATEFUL = "stateful"
KINK = "kink"
PRECISION = "precision"
RETURNED_NONE = "returned None"
SHAPE_OR_DTYPE = "wrong shape or dtype"
DETACHED = "detached at second order"
RECORDED = "differs when recorded"
RAISED = "raised"
WRONG_VALUE = "wrong value"
NOISY = "too noisy"
DISCONTINUOUS = "discontinuous"
OUTSIDE_DOMAIN = "outside the domain"
EMPTY = "empty"

#: What is said before what is wrong for shapes that were tried unasked.
BEYOND = (
    "beyond your inputs: other shapes that f takes, tried unasked, for which the derivative is "
    "wrong. They decide nothing: let f refuse such shapes, or mend the rule if they are meant; "
    "variations=True makes them a fail"
)

#: What to look at, for each diagnosis.
ADVICE = {
    WRONG_SIGN: "look for a minus that is missing or too many in the rule, such as "
    "d(x - y)/dy = -1 or d(1/x)/dx = -1/x²",
    SCALE_FACTOR: "look for a constant that the rule has lost or has twice: the exponent of a "
    "power, the 1/n of a mean, the ½ of a square, a slope",
    TRANSPOSED: "look at the matrix product in the rule: for y = x @ w it is g @ w.T with respect "
    "to x and x.T @ g with respect to w",
    MISSING_UNBROADCAST: "sum the gradient over the axes along which the input was broadcast, or "
    "declare the op elementwise=True and the engine does it",
    MISSING_ACCUMULATION: "an element of the input reaches the output in several ways and only "
    "one was counted: add up (np.add.at for repeated indices, one term per use of the input)",
    OFF_BY_INDEX: "look at the bounds and the direction of slices, shifts, flips and index arrays "
    "in the rule; the first and the last element need a look of their own",
    INVERTED_MASK: "turn the comparison in the rule round: it selects the elements that have no "
    "gradient",
    MISSING_MASK: "elements of the output that do not depend on the input get a gradient through: "
    "multiply g by the mask of forward, or take its triangle (np.tril, np.triu)",
    BACKWARDS: "a cumulative sum or a recursion runs against its direction in the rule: "
    "np.flip(np.cumsum(np.flip(g))) for np.cumsum",
    ONE_TERM: "every element also acts through what is computed from all of them, a mean, a "
    "variance, a norm, a sum of exponentials: look at the gradient through that, its sums over the "
    "axis and its 1/n",
    VARYING_FACTOR: "look for a factor that has a value for each element: a power of the input, "
    "the result for the input, a count, the sum that normalises",
    SWAPPED: "the gradient of this input is that of another one, and the reverse: look at the "
    "order of the rules, or of what backward returns",
    NONLINEAR: "a rule multiplies by g exactly once: look for g twice, abs(g), a clipped or "
    "normalised g, or a constant that is added",
    IGNORES_G: "multiply by g: the rule returns dJ/d(input), not d(out)/d(input)",
    WRITES_G: "g belongs to the caller and may be shared: compute a new array instead of *=, += "
    "or out=",
    WRITES_INPUTS: "inputs belong to the caller: compute a new array, or copy first",
    NONDETERMINISTIC: "draw random numbers beforehand and pass them in, and put a module with "
    "random layers into eval() mode",
    STATEFUL: "keep what backward needs in the record (ctx.save_for_backward, the arguments of a "
    "rule), not on a module, a class or a global that the next call overwrites",
    KINK: "there is no derivative here, only a slope on either side: choose another point, away "
    "from the kink or tie",
    PRECISION: "the derivative is right to fewer digits than its dtype has: look for a float32 on "
    "the way, a difference of nearly equal numbers, or a series that ends too early",
    RETURNED_NONE: "the input does change the output: return its gradient; or leave it out of the "
    "check with wrt=, the positions of the arguments that have one",
    SHAPE_OR_DTYPE: "a gradient has the shape of its input and a floating dtype",
    DETACHED: "the rule must compute with the tensors that it is given: look for .data, "
    "np.asarray, float(), or a value computed once in forward",
    RECORDED: "under create_graph=True the backward pass gives another gradient: look for a rule "
    "that does something else for tensors than for arrays, or for a kernel that does not compute "
    "what the rule says",
    RAISED: "a backward pass that raises where forward did not: see the exception",
    WRONG_VALUE: "none of the usual mistakes fits: derive the rule again, term by term",
    NOISY: "the differences scatter too much to decide: look for float32 on the way, an iteration "
    "that stops early, or a point at which f varies very fast; or choose another point",
    DISCONTINUOUS: "f jumps here, as floor, round or a comparison do: choose another point",
    OUTSIDE_DOMAIN: "f is not finite, or refuses its arguments, on both sides of the point: choose "
    "a point inside its domain",
    EMPTY: "give an input that is floating (1.0 instead of 1) and has elements",
}
