__version__: str

from . import audio as audio
from . import comparison as comparison
from . import datasets as datasets
from . import evaluation as evaluation
from . import features as features
from . import fusion as fusion
from . import heads as heads
from . import image as image
from . import plots as plots
from . import saving as saving
from . import serving as serving
from . import text as text
from . import training as training
from . import video as video
from .classifier import Classifier as Classifier
from .comparison.comparison import compare as compare
from .features.features import Features as Features
from .utils.messages import DataWarning as DataWarning
