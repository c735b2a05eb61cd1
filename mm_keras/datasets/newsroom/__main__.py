"""Write a synthetic newsroom to a folder: pairs.csv, images and a README."""

import argparse

from mm_keras.datasets.newsroom.schemes import SCHEMES
from mm_keras.datasets.newsroom.write import write_newsroom


def main():
    parser = argparse.ArgumentParser(
        prog="python -m mm_keras.datasets.newsroom", description=__doc__
    )
    parser.add_argument("folder", help="output folder, for example datasets/newsroom")
    parser.add_argument(
        "--num-samples",
        type=int,
        default=120,
        help="number of (text, image) pairs (default: %(default)s)",
    )
    parser.add_argument(
        "--scheme",
        default="news",
        choices=list(SCHEMES),
        help="how text and image relate to the class (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    options = parser.parse_args()
    data = write_newsroom(options.folder, options.num_samples, options.scheme, options.seed)
    print(f"{options.folder}: {data}")


main()
