from .exporting import export as export
from .raw import raw_model as raw_model
from .word_hashes import code_points as code_points
