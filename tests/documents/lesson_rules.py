"""Rules for the lessons, used by test_lessons: checks out of sight, asserted numbers, spelling."""

import ast
import re

NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d[\d,]*(?:\.\d+)?")  # also directly after 汉字
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
LINK = re.compile(r"\]\([^)]*\)")
# The metadata of a check cell, which JupyterLab and Jupyter Book show collapsed.
CHECK_CELL = {"jupyter": {"source_hidden": True}, "tags": ["hide-cell"]}
# A link that names a lesson by its number: [12 · Films and sounds](12_films_and_sounds.ipynb).
LESSON_LINK = re.compile(r"\[(?:lesson )?([0-9]{2})\b[^]]*\]\((?:[^)]*/)?\1_[^)]*\)", re.IGNORECASE)

# Frequent misspellings, and British forms: prose and identifiers are American.
MISSPELLED = re.compile(
    r"\b(?:accomodat\w*|acheiv\w*|accross|adress\w*|agian|alot|analize\w*|apparant\w*|"
    r"arguement\w*|becuase|begining|beleiv\w*|calender|catagor\w*|comming|commited|consistant\w*|"
    r"corespond\w*|definate\w*|dependant|diffrent\w*|dissapear\w*|embarass\w*|enviroment\w*|"
    r"excercise\w*|existance|experiance\w*|explaination\w*|familar|foward|funtion\w*|gaurd\w*|"
    r"goverment|gradiant\w*|guarent\w*|happend|heigth|histogramm\w*|immediatly|independant\w*|"
    r"knowlege|lable\w*|lenght\w*|libary|maintainance|mesure\w*|necesary|neccess\w*|neigbour\w*|"
    r"occassion\w*|occured|occurence\w*|orginal\w*|paralel\w*|particip?ular\w*|peform\w*|"
    r"pictrue\w*|posess\w*|prefered|probabilty|probabilites|proccess\w*|publically|realy|"
    r"recieve\w*|recomend\w*|refered|relevent|seperat\w*|similiar\w*|sofware|succes|succesful\w*|"
    r"suprise\w*|teh|thier|threshhold|togehter|tommorow|truely|unfortunatly|untill|useing|"
    r"vocabulery|wich|wether|wieght\w*|writen|analys(?:e|ed|es|ing)|behaviour\w*|centres?|centred|"
    r"colour\w*|favour\w*|grey\w*|label(?:led|ling)|modell(?:ed|ing)|neighbour\w*|normalis\w+|"
    r"optimis\w+|organis\w+|recognis\w+|regularis\w+|standardis\w+|summaris\w+|visualis\w+|"
    r"memoris\w+|generalis\w+|minimis\w+|maximis\w+|catalogue\w*)\b",
    re.IGNORECASE,
)
DOUBLED = re.compile(r"\b([a-z]+)\s+\1\b", re.IGNORECASE)
DOUBLES = {"had", "that"}  # "all that that means" can be right


def is_check_cell(cell):
    """Whether a cell holds the asserts of a section; notebooks show such cells collapsed."""
    return cell["metadata"] == CHECK_CELL


def sections_of(cells):
    """The code cells between two headings of level two: list of lists of cells."""
    sections = [[]]
    for cell in cells:
        if cell["cell_type"] == "code":
            sections[-1].append(cell)
        elif re.search("^## ", "".join(cell["source"]), re.MULTILINE):
            sections.append([])
    return sections


def unproved_numbers(cells):
    """Numbers in the markdown that no code keeps up to date: list of (cell index, number).

    A number must occur in an assert before it or in the next check cell, which is that of its
    section, or anywhere in the next code cell; 12% may be 12 or 0.12 there. Exempt are whole
    numbers below ten, years, lesson numbers such as 04, links to a lesson by its number, link
    targets, formulas, fenced blocks, and the first cell.
    """
    asserted, unproved = set(), []
    for index, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            asserted |= numbers_in(source, ast.Assert)
        elif cell["cell_type"] == "markdown" and index:
            following = [other for other in cells[index:] if other["cell_type"] == "code"]
            proved = asserted.union(*(numbers_in("".join(c["source"])) for c in following[:1]))
            checks = [c for c in following if is_check_cell(c)][:1]
            proved |= set().union(*(numbers_in("".join(c["source"]), ast.Assert) for c in checks))
            for pattern in (FENCED, FORMULA, LESSON_LINK, LINK):
                source = pattern.sub(" ", source)
            unproved += [
                (index, number)
                for number in NUMBER.findall(source)
                if not _is_exempt(number) and not {_value(number), _value(number) / 100} & proved
            ]
    return unproved


def numbers_in(source, kind=ast.stmt):
    """The numbers in all statements of one kind in some code: set of float, at 12 digits."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kind)]
    parts = [part for statement in statements for part in ast.walk(statement)]
    constants = [part.value for part in parts if isinstance(part, ast.Constant)]
    return {float(f"{value:.12g}") for value in constants if isinstance(value, (int, float))}


def _value(number):
    return float(f"{float(number.replace(',', '')):.12g}")


def _is_exempt(number):
    return re.fullmatch("0?[0-9],?|(?:19|20)[0-9]{2},?", number)


def spelling_slips(text):
    """Misspelled, British or doubled words in markdown, outside code, formulas and link targets."""
    for pattern in (FENCED, CODE, FORMULA, LINK):
        text = pattern.sub(" | ", text)
    doubled = [word for word in DOUBLED.findall(text) if word.lower() not in DOUBLES]
    return [match[0] for match in MISSPELLED.finditer(text)] + [
        f"{word} {word}" for word in doubled
    ]
