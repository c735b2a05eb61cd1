from . import contenders as contenders
from .comparison import compare as compare
