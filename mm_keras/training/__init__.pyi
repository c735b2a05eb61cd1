from .cell import train_cell as train_cell
from .distributed import shard_batches as shard_batches
from .feature_kinds import default_features as default_features
