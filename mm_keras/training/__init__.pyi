from .cell import train_cell as train_cell
from .feature_kinds import default_features as default_features
from .distributed import shard_batches as shard_batches
