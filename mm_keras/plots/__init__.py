"""Pictures of data, features, fusion and results. Each function draws one picture and returns a matplotlib Figure.

Save it with `figure.savefig("name.png")`. In a notebook, a Figure that is the last expression of a cell is shown.
Signs that no installed font has are drawn as boxes; for Chinese install a font such as "Noto Sans CJK SC", it is found by itself.
No function touches pyplot or leaves a changed matplotlib setting behind, so figures need not be closed.
"""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "samples": ["sample_grid"],
    "image_features": ["hog_overlay", "keypoints"],
    "pixel_gradients": ["gradients"],
    "text_weights": ["tfidf_weights"],
    "tables": ["value_table"],
    "flow": ["fusion_flow"],
    "curves": ["learning_curves", "size_curves", "severity_curves"],
    "results": ["confusion_matrix", "accuracy_bars", "reliability_diagram"],
    "surface": ["decision_surface"],
    "explanation": ["joint_explanation"],
})
