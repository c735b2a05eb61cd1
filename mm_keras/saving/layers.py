"""What a saved network may consist of; checked before Keras reads its config.

Known are the layers, operations, initializers, regularizers and constraints that compute with
numbers only: none that contains a function, reads a file or starts a program.
"""

from mm_keras.saving.known import Untrusted

LAYERS = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D Add AdditiveAttention AlphaDropout Attention Average
    AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional Concatenate
    Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU
    EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell
    LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum
    MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN ReLU RepeatVector
    Rescaling Reshape SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells
    Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
    ZeroPadding2D ZeroPadding3D
""".split()
INITIALIZERS = """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
    LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform
    TruncatedNormal VarianceScaling Zeros
""".split()
OPERATIONS = {
    "core": "Cast",
    "image": "Resize",
    "nn": """
        Elu Gelu HardSigmoid LeakyRelu LogSigmoid LogSoftmax Normalize Relu Relu6 Selu Sigmoid Silu
        Softmax Softplus Softsign
    """,
    "math": "Erf Logsumexp Rsqrt",
    "numpy": """
        Abs Absolute Add All Amax Amin Any Argsort Average Clip Concatenate Cos Cumsum Divide
        DivideNoNan Dot Einsum Equal Exp ExpandDims Expm1 Flip FloorDivide GetItem Greater
        GreaterEqual Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max
        Maximum Mean Min Minimum Mod Moveaxis Multiply Negative NotEqual OnesLike Outer Pad Power
        Prod Ravel Reciprocal Repeat Reshape Round Sign Sin Sort Sqrt Square Squeeze Stack Std
        Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile Transpose TrueDivide Var
        Where ZerosLike
    """,
}
CLASSES = {
    *((module, name) for module in ("keras", "keras.models") for name in ("Sequential",)),
    ("keras.src.models.functional", "Functional"),
    ("keras", "DTypePolicy"),
    ("keras", "InputSpec"),
    ("keras.dtype_policies", "DTypePolicy"),
    ("keras.random", "SeedGenerator"),
    *(("keras.layers", name) for name in LAYERS),
    *(("keras.initializers", name) for name in INITIALIZERS),
    *(("keras.regularizers", name) for name in ("L1", "L1L2", "L2", "OrthogonalRegularizer")),
    *(("keras.constraints", name) for name in ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm")),
    *(
        (f"keras.src.ops.{module}", name)
        for module, names in OPERATIONS.items()
        for name in names.split()
    ),
}
VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__", "__bytes__"}
# Ours, by the name under which they are registered with Keras; the last three are names of 0.1.0.
OURS = {
    f"mm_keras>{name}": name
    for name in """
        DecisionRule Evidence Frozen MissingModalityEmbedding ModalityDropout ModalityMask
        PositionEmbedding InBatchContrast AbsentFallback AddWhere Present
    """.split()
}
MAX_DEPTH = 100


def checked_config(config, trusted=()):
    """A copy of the config of a Keras model, without how it was compiled.

    Args:
        config: the content of config.json.
        trusted: paths "package.module:Class" of further layers.

    Raises:
        Untrusted: an object that is neither known nor trusted.
        ValueError: no config of a model.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError("the network has no class")
    return _checked(config, trusted, 0)


def _checked(value, trusted, depth):
    if depth > MAX_DEPTH:
        raise ValueError("the network is nested too deeply")
    if isinstance(value, list):
        return [_checked(item, trusted, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if "class_name" in value:
        _check_object(value, trusted)
        _check_inputs(value)
        value = {key: item for key, item in value.items() if key != "compile_config"}
        if value.get("registered_name") in OURS:  # which set it themselves since 0.2
            value["config"] = {k: item for k, item in value["config"].items() if k != "autocast"}
    return {key: _checked(item, trusted, depth + 1) for key, item in value.items()}


def _check_inputs(value):
    """Raise ValueError for an operation of constants, which Keras would compute at once."""
    nodes = value.get("inbound_nodes")
    if nodes and not (isinstance(nodes, list) and all(map(_has_tensor, nodes))):
        raise ValueError("the network has an operation without an input")


def _has_tensor(value):
    """Whether the arguments of a layer contain the output of another one."""
    if isinstance(value, dict) and value.get("class_name") != "__keras_tensor__":
        value = list(value.values())
    return any(map(_has_tensor, value)) if isinstance(value, list) else isinstance(value, dict)


def object_path(value):
    """The path "module:Class" of a dict with a `class_name`; Keras omits the module __main__."""
    module, name = value.get("module"), value["class_name"]
    if module is None and value.get("registered_name") is not None:
        module = "__main__"
    return f"{module}:{str(value['config']).split('>')[-1] if name == 'function' else name}"


def is_known(value):
    """Whether a dict with a `class_name` stands for a known class, or for a value."""
    module, name, registered = (
        value.get("module"),
        value["class_name"],
        value.get("registered_name"),
    )
    if name in VALUES and module is None and registered is None:
        return True
    return OURS.get(registered) == name or (module, name) in CLASSES


def _check_object(value, trusted):
    """Check which class a dict with a `class_name` stands for."""
    module, name = value.get("module"), value["class_name"]
    registered = value.get("registered_name")
    if (
        not isinstance(value.get("config"), (dict, str))
        or type(name) is not str
        or not all(item is None or type(item) is str for item in (module, registered))
    ):
        raise ValueError("the network has an object without a class or config")
    if name in VALUES and module is None and registered is None:
        return
    path = object_path(value)
    if not is_known(value) and path not in trusted:
        raise Untrusted(path[:200], "which is not a known layer")
    names = {path.rpartition(":")[2], *(["function"] if name == "function" else [])}
    if registered is not None and registered.split(">")[-1] not in names:
        raise ValueError(f"the network has {path[:100]} under another name")
    if (module, name) in CLASSES and registered not in (None, name):
        raise ValueError(f"the network has {path[:100]} under another name")
