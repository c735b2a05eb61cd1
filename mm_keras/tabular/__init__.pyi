from .categories import Categories as Categories
from .numbers import Numbers as Numbers
from .vectors import Vectors as Vectors
