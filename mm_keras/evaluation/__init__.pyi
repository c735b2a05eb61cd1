from . import leaks as leaks
from . import metrics as metrics
from . import modality_use as modality_use
from . import robustness as robustness
from . import significance as significance
from .explanation import explain as explain
