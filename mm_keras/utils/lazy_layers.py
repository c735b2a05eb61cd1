"""Our Keras layers, registered by name as soon as Keras is imported, and imported when needed."""

import sys
from importlib import import_module

# Where each class is registered that a saved model may name.
MODULES = {
    "mm_keras.fusion.layers": ("ModalityDropout", "MissingModalityEmbedding", "PositionEmbedding"),
    "mm_keras.fusion.dual_encoder": ("InBatchContrast",),
    "mm_keras.fusion.decision.layers": ("Frozen", "ModalityMask", "DecisionRule", "Evidence"),
    "mm_keras.serving.array_layers": (
        "ScaleColumns",
        "KeepWherePresent",
        "SameLength",
        "FirstRows",
        "ClassNames",
    ),
    "mm_keras.serving.image_layers": (
        "Gray",
        "PixelValues",
        "OrientedGradients",
        "HueSaturationValue",
    ),
    "mm_keras.serving.text_layers": ("CodePoints", "CountWords", "WeighWords", "NumberWords"),
    "mm_keras.saving.network": ("AbsentFallback", "AddWhere", "Present"),
}


def register_layers():
    """Let `keras.saving.load_model` find our layers: now, or once Keras is imported.

    A name is registered for a placeholder, which imports the layer's module when a model with this
    layer is loaded. So `import mm_keras` does not import Keras, nor `import keras` our modules.
    """
    if "keras" in sys.modules:
        _register_placeholders()
    else:
        sys.meta_path.insert(0, _AfterKeras())


def _register_placeholders():
    import keras

    for module, names in MODULES.items():
        for name in names:
            if f"mm_keras>{name}" not in keras.saving.get_custom_objects():
                placeholder = _placeholder(module, name)
                keras.saving.register_keras_serializable("mm_keras", name)(placeholder)


def _placeholder(module, name):
    def from_config(config):
        import keras

        import_module(module)  # registers the layer in place of this placeholder
        return keras.saving.get_custom_objects()[f"mm_keras>{name}"].from_config(config)

    return type(name, (), {"from_config": staticmethod(from_config), "get_config": dict})


class _AfterKeras:
    """Finds Keras as the other finders do, and registers the layers after its import.

    A finder and a loader as in `importlib.abc`, whose import would take longer than all of ours.
    """

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None:
            self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        sys.meta_path.remove(self)
        _register_placeholders()
