from .cell import train_cell as train_cell
from .distributed import shard_batches as shard_batches
from .dual_encoder import train_dual_encoder as train_dual_encoder
from .feature_kinds import default_features as default_features
from .generation import target_sequence as target_sequence
from .generation import train_generator as train_generator
