from .cell import default_features as default_features
from .cell import train_cell as train_cell
from .distributed import share as share
