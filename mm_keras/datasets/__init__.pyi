from . import joint_tables as joint_tables
from .data import MultimodalData as MultimodalData
from .glyphs import load_glyphs as load_glyphs
from .joint_tables.joint_table import JointTable as JointTable
from .newsroom.make import make_newsroom as make_newsroom
from .newsroom.write import write_newsroom as write_newsroom
from .pairs.load import load_pairs as load_pairs
from .text_file import TextFile as TextFile
