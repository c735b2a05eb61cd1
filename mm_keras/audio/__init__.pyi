from .log_mel import LogMel as LogMel
from .mfcc import MFCC as MFCC
from .read import read_sound as read_sound
