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
from . import retrieval as retrieval
from . import saving as saving
from . import serving as serving
from . import tabular as tabular
from . import text as text
from . import training as training
from . import video as video
from .classifier import Classifier as Classifier
from .comparison.comparison import compare as compare
from .features.features import Features as Features
from .generator import Generator as Generator
from .multimodal_classifier import MultimodalClassifier as MultimodalClassifier
from .portfolio.train import train as train
from .retriever import Retriever as Retriever
from .utils.messages import DataWarning as DataWarning
