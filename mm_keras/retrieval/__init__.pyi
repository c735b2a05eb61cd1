from .cca import CCA as CCA
from .semantic_matching import SemanticMatching as SemanticMatching
