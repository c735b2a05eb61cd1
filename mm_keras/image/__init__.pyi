from .color import ColorHistogram as ColorHistogram
from .hog.hog import HOG as HOG
from .pixels import Pixels as Pixels
from .read import read_image as read_image
from .read import read_images as read_images
from .sift.sift import SIFT as SIFT
