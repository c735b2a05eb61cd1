"""Image extractors, left of the line: raw pictures in, arrays out."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "read": ["read_image", "read_images"],
    "pixels": ["Pixels"],
    "hog": ["HOG"],
    "sift": ["SIFT"],
    "color": ["ColorHistogram"],
})
