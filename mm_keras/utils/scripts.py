"""Unicode ranges of scripts written without spaces, for use in a regular expression's [...]."""

# Chinese characters and kana: roughly one word per character.
IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"

# Blocks of scripts without spaces: Thai, Lao, Myanmar, Khmer, kana, Bopomofo, Chinese.
WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u9fff\uaa60-\uaa7f\uf900-\ufaff"
)
# Blocks of all scripts whose words are not separated by spaces: also Korean, whose particles are
# attached to the words.
SPACELESS_BLOCKS = WITHOUT_SPACES + "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
RARE_CHINESE = "\U00020000-\U0003ffff"
