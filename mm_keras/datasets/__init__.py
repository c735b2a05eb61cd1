"""(text, picture, label) data: drawn (`make_`), offline (`load_`) and downloaded (`fetch_`)."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "data": ["MultimodalData"],
    "newsroom": ["make_newsroom"],
    "newsroom_files": ["write_newsroom"],
    "schemes": ["SCHEMES"],
    "tables": ["JointTable"],
    "families": [],
    "glyphs": ["load_glyphs"],
    "pairs": ["load_pairs"],
    "text_file": ["TextFile"],
})
