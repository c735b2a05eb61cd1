from .frames import Frames as Frames
from .read import read_frames as read_frames
