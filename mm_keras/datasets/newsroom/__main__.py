"""`python -m mm_keras.datasets.newsroom FOLDER`: a drawn newsroom as files."""

import argparse

from mm_keras.datasets.newsroom.schemes import SCHEMES
from mm_keras.datasets.newsroom.write import write_newsroom


def main():
    parser = argparse.ArgumentParser(
        prog="python -m mm_keras.datasets.newsroom", description=__doc__
    )
    parser.add_argument("folder", help="where to write, for example datasets/newsroom")
    parser.add_argument(
        "--num-samples", type=int, default=120, help="pairs of text and image (%(default)s)"
    )
    parser.add_argument(
        "--scheme",
        default="news",
        choices=list(SCHEMES),
        help="how they tell the class (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same files (%(default)s)")
    options = parser.parse_args()
    data = write_newsroom(options.folder, options.num_samples, options.scheme, options.seed)
    print(f"{options.folder}: {data}")


main()
