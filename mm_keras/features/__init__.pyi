from .cache import Cache as Cache
from .features import Features as Features
from .scaling import BlockScaler as BlockScaler
