"""Layers and functions of PyTorch that are not here: what is, or how to write the same.

Rows as in `autograd.torch_names`: a line of Python, and behind `#` a remark; `x` is an array of
shape (N, C).
"""

from __future__ import annotations

__all__ = ["FUNCTIONAL", "LAYERS"]

_CONVOLUTION = (
    "np.lib.stride_tricks.sliding_window_view(x, 3, axis=1)  # there is no convolution yet: "
    "multiply such windows with the weights by np.einsum"
)
_POOLING = "x.reshape(len(x), -1, 2).max(axis=2)  # there is no pooling yet: fold the axis, reduce"
_RECURRENT = "nn.Linear(3 + 4, 4)  # there are no recurrent layers: apply it in a loop over time"
_NORM = "nn.BatchNorm1d(3), nn.LayerNorm(3)  # no other normalization is here"
_ATTENTION = "nn.functional.softmax(q @ k.T / np.sqrt(3), 1) @ v  # write the class of it yourself"
_LOSS = (
    "nn.functional.relu(1 - y * x).mean()  # a loss is any function of tensors; this is the hinge"
)
_RMS = "x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)"
_DROPOUT = "nn.Dropout(0.5), nn.GaussianNoise(0.1)  # no other dropout is here"

LAYERS = {
    **dict.fromkeys(
        ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "Unfold"), _CONVOLUTION
    ),
    **dict.fromkeys(
        ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool2d"), _POOLING
    ),
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), _RECURRENT),
    **dict.fromkeys(
        (
            "BatchNorm2d",
            "BatchNorm3d",
            "GroupNorm",
            "InstanceNorm1d",
            "InstanceNorm2d",
            "LocalResponseNorm",
            "SyncBatchNorm",
        ),
        _NORM,
    ),
    "RMSNorm": f"{_RMS}  # times an nn.Parameter",
    **dict.fromkeys(
        (
            "MultiheadAttention",
            "Transformer",
            "TransformerEncoder",
            "TransformerEncoderLayer",
            "TransformerDecoderLayer",
        ),
        _ATTENTION,
    ),
    "ParameterList": "[nn.Parameter(np.ones(3)), nn.Parameter(np.ones(3))]  # a plain list, as an "
    "attribute of the module",
    "ParameterDict": "{'a': nn.Parameter(np.ones(3))}  # a plain dict, as an attribute of the "
    "module",
    "Buffer": "nn.Module().register_buffer('mean', np.zeros(3))  # self.register_buffer",
    "LazyLinear": "nn.Linear(3, 4)  # with the number of inputs",
    **dict.fromkeys(("Dropout1d", "Dropout2d", "AlphaDropout"), _DROPOUT),
    "RReLU": "nn.PReLU(), nn.LeakyReLU(0.01)",
    "ZeroPad1d": "np.pad(x, ((0, 0), (1, 1)))",
    "ZeroPad2d": "np.pad(x, 1)",
    "ConstantPad1d": "np.pad(x, ((0, 0), (1, 1)))",
    "Upsample": "np.repeat(x, 2, axis=1)",
    **dict.fromkeys(
        (
            "CTCLoss",
            "GaussianNLLLoss",
            "HingeEmbeddingLoss",
            "MarginRankingLoss",
            "MultiMarginLoss",
            "PoissonNLLLoss",
            "SoftMarginLoss",
            "TripletMarginLoss",
        ),
        _LOSS,
    ),
    "DataParallel": "nn.Linear(3, 4)  # the module itself: there is one process on one CPU",
}

FUNCTIONAL = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "unfold"), _CONVOLUTION),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"), _POOLING),
    "adaptive_avg_pool2d": _POOLING,
    **dict.fromkeys(
        ("group_norm", "instance_norm", "local_response_norm"),
        "nn.functional.layer_norm(x, (3,))  # or batch_norm; no other normalization is here",
    ),
    "rms_norm": _RMS,
    "scaled_dot_product_attention": "nn.functional.softmax(q @ k.T / np.sqrt(3), 1) @ v",
    "pad": "np.pad(x, ((0, 0), (1, 1)))  # from the first axis on, where PyTorch counts from the "
    "last",
    "one_hot": "np.eye(3)[labels]",
    "relu_": "nn.functional.relu(x)",
    "interpolate": LAYERS["Upsample"],
    "gumbel_softmax": "nn.functional.softmax(x + autograd.generator().gumbel(size=x.shape), 1)",
    **dict.fromkeys(
        (
            "ctc_loss",
            "gaussian_nll_loss",
            "margin_ranking_loss",
            "multi_margin_loss",
            "poisson_nll_loss",
            "soft_margin_loss",
            "triplet_margin_loss",
        ),
        _LOSS,
    ),
}
