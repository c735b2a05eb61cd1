"""What the prose of a lesson must fulfil: numbers are asserted, words are spelled right. Used by test_lessons."""

import ast
import re

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
LINK = re.compile(r"\]\([^)]*\)")

# Frequent slips, and British forms: prose is American, as the identifiers are.
MISSPELLED = re.compile(
    r"\b(?:accomodat\w*|acheiv\w*|accross|adress\w*|agian|alot|analize\w*|apparant\w*|arguement\w*|"
    r"becuase|begining|beleiv\w*|calender|catagor\w*|comming|commited|consistant\w*|corespond\w*|definate\w*|"
    r"dependant|diffrent\w*|dissapear\w*|embarass\w*|enviroment\w*|excercise\w*|existance|experiance\w*|"
    r"explaination\w*|familar|foward|funtion\w*|gaurd\w*|goverment|gradiant\w*|guarent\w*|happend|heigth|"
    r"histogramm\w*|immediatly|independant\w*|knowlege|lable\w*|lenght\w*|libary|maintainance|mesure\w*|"
    r"necesary|neccess\w*|neigbour\w*|occassion\w*|occured|occurence\w*|orginal\w*|paralel\w*|particip?ular\w*|"
    r"peform\w*|pictrue\w*|posess\w*|prefered|probabilty|probabilites|proccess\w*|publically|realy|recieve\w*|"
    r"recomend\w*|refered|relevent|seperat\w*|similiar\w*|sofware|succes|succesful\w*|suprise\w*|teh|thier|"
    r"threshhold|togehter|tommorow|truely|unfortunatly|untill|useing|vocabulery|wich|wether|wieght\w*|writen|"
    r"analys(?:e|ed|es|ing)|behaviour\w*|centres?|centred|colour\w*|favour\w*|grey\w*|label(?:led|ling)|"
    r"modell(?:ed|ing)|neighbour\w*|normalis\w+|optimis\w+|organis\w+|recognis\w+|regularis\w+|standardis\w+|"
    r"summaris\w+|visualis\w+|memoris\w+|generalis\w+|minimis\w+|maximis\w+|catalogue\w*)\b",
    re.IGNORECASE,
)
DOUBLED = re.compile(r"\b([a-z]+)\s+\1\b", re.IGNORECASE)
DOUBLES = {"had", "that"}  # "all that that means" can be right


def unproved_numbers(cells):
    """Numbers of the markdown that nothing holds up to date: list of (cell number, number).

    A number must stand in an assert of an earlier code cell, or anywhere in the code cell that comes next; 12 % may be
    12 or 0.12 there. Free are whole numbers below ten, years, lesson numbers such as 04, formulas, fenced blocks, and
    the first cell.
    """
    asserted, unproved = set(), []
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            asserted |= numbers_in(source, ast.Assert)
        elif cell["cell_type"] == "markdown" and number:
            following = (other for other in cells[number:] if other["cell_type"] == "code")
            proved = asserted | numbers_in("".join(next(following, {"source": ""})["source"]))
            unproved += [
                (number, found)
                for found in NUMBER.findall(FORMULA.sub(" ", FENCED.sub(" ", source)))
                if not _is_free(found) and not {_value(found), _value(found) / 100} & proved
            ]
    return unproved


def numbers_in(source, kind=ast.stmt):
    """All numbers in the statements of one kind of a piece of code: set of float, each at 12 digits."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kind)]
    parts = [part for statement in statements for part in ast.walk(statement)]
    constants = [part.value for part in parts if isinstance(part, ast.Constant)]
    return {float(f"{value:.12g}") for value in constants if isinstance(value, (int, float))}


def _value(found):
    return float(f"{float(found.replace(',', '')):.12g}")


def _is_free(found):
    return re.fullmatch("0?[0-9],?|(?:19|20)[0-9]{2},?", found)


def spelling_slips(text):
    """Words of a piece of markdown that are misspelled, British or doubled, outside code, formulas and links."""
    for pattern in (FENCED, CODE, FORMULA, LINK):
        text = pattern.sub(" | ", text)
    doubled = [word for word in DOUBLED.findall(text) if word.lower() not in DOUBLES]
    return [match[0] for match in MISSPELLED.finditer(text)] + [
        f"{word} {word}" for word in doubled
    ]
