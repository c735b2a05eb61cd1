"""How to install the packages that only some parts need, for error messages."""

# Extra of this package (see pyproject.toml) -> a command that works in any environment.
INSTALL = {
    "opencv": 'pip install "opencv-python-headless>=4.8"',
    "video": 'pip install "av>=14"',
    "onnx": 'pip install "tf2onnx>=1.17" "onnx>=1.17"',
    "jax": 'pip install "jax>=0.4.30" "jaxlib>=0.4.30"',
    "cluster": 'pip install "dask>=2024.1" "distributed>=2024.1"',
}
