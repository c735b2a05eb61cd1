"""The sources of the methods of a comparison: papers, and software."""

import mm_keras

# key -> type, authors ("Surname, Given and ..."), title, year, and the other fields.
SOURCES = {
    "arevalo2017": (
        "inproceedings",
        "Arevalo, John and Solorio, Thamar and Montes-y-G\u00f3mez, Manuel and Gonz\u00e1lez, "
        "Fabio A.",
        "Gated multimodal units for information fusion",
        2017,
        {"booktitle": "International Conference on Learning Representations, Workshop Track"},
    ),
    "benavoli2017": (
        "article",
        "Benavoli, Alessio and Corani, Giorgio and Dem\u0161ar, Janez and Zaffalon, Marco",
        "Time for a change: a tutorial for comparing multiple classifiers through Bayesian "
        "analysis",
        2017,
        {"journal": "Journal of Machine Learning Research", "volume": 18, "number": 77,
         "pages": "1--36"},
    ),
    "bertschinger2014": (
        "article",
        "Bertschinger, Nils and Rauh, Johannes and Olbrich, Eckehard and Jost, J\u00fcrgen and Ay, "
        "Nihat",
        "Quantifying unique information",
        2014,
        {"journal": "Entropy", "volume": 16, "number": 4, "pages": "2161--2183"},
    ),
    "bonett2012": (
        "article",
        "Bonett, Douglas G. and Price, Robert M.",
        "Adjusted Wald confidence interval for a difference of binomial proportions based on "
        "paired data",
        2012,
        {"journal": "Journal of Educational and Behavioral Statistics", "volume": 37, "number": 4,
         "pages": "479--488"},
    ),
    "chollet2015": ("misc", "Chollet, Fran\u00e7ois and others", "Keras", 2015,
                    {"howpublished": "\\url{https://keras.io}"}),
    "dalal2005": (
        "inproceedings",
        "Dalal, Navneet and Triggs, Bill",
        "Histograms of oriented gradients for human detection",
        2005,
        {"booktitle": "IEEE Conference on Computer Vision and Pattern Recognition",
         "pages": "886--893"},
    ),
    "davis1980": (
        "article",
        "Davis, Steven B. and Mermelstein, Paul",
        "Comparison of parametric representations for monosyllabic word recognition in "
        "continuously spoken sentences",
        1980,
        {"journal": "IEEE Transactions on Acoustics, Speech, and Signal Processing", "volume": 28,
         "number": 4, "pages": "357--366"},
    ),
    "dunn1961": (
        "article",
        "Dunn, Olive Jean",
        "Multiple comparisons among means",
        1961,
        {"journal": "Journal of the American Statistical Association", "volume": 56,
         "number": 293, "pages": "52--64"},
    ),
    "efron1979": (
        "article",
        "Efron, Bradley",
        "Bootstrap methods: another look at the jackknife",
        1979,
        {"journal": "The Annals of Statistics", "volume": 7, "number": 1, "pages": "1--26"},
    ),
    "guo2017": (
        "inproceedings",
        "Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.",
        "On calibration of modern neural networks",
        2017,
        {"booktitle": "Proceedings of the 34th International Conference on Machine Learning",
         "pages": "1321--1330"},
    ),
    "hand2021": (
        "article",
        "Hand, David J. and Christen, Peter and Kirielle, Nishadi",
        "F*: an interpretable transformation of the F-measure",
        2021,
        {"journal": "Machine Learning", "volume": 110, "pages": "451--456"},
    ),
    "hessel2020": (
        "inproceedings",
        "Hessel, Jack and Lee, Lillian",
        "Does my multimodal model learn cross-modal interactions? It's harder to tell than you "
        "might think!",
        2020,
        {"booktitle": "Proceedings of the 2020 Conference on Empirical Methods in Natural "
         "Language Processing", "pages": "861--877"},
    ),
    "kittler1998": (
        "article",
        "Kittler, Josef and Hatef, Mohamad and Duin, Robert P. W. and Matas, Jiri",
        "On combining classifiers",
        1998,
        {"journal": "IEEE Transactions on Pattern Analysis and Machine Intelligence",
         "volume": 20, "number": 3, "pages": "226--239"},
    ),
    "liang2023": (
        "inproceedings",
        "Liang, Paul Pu and others",
        "Quantifying & modeling multimodal interactions: an information decomposition framework",
        2023,
        {"booktitle": "Advances in Neural Information Processing Systems", "volume": 36},
    ),
    "little2002": (
        "book",
        "Little, Roderick J. A. and Rubin, Donald B.",
        "Statistical analysis with missing data",
        2002,
        {"edition": "2nd", "publisher": "Wiley"},
    ),
    "lowe2004": (
        "article",
        "Lowe, David G.",
        "Distinctive image features from scale-invariant keypoints",
        2004,
        {"journal": "International Journal of Computer Vision", "volume": 60, "number": 2,
         "pages": "91--110"},
    ),
    "mcnemar1947": (
        "article",
        "McNemar, Quinn",
        "Note on the sampling error of the difference between correlated proportions or "
        "percentages",
        1947,
        {"journal": "Psychometrika", "volume": 12, "number": 2, "pages": "153--157"},
    ),
    "nadeau2003": (
        "article",
        "Nadeau, Claude and Bengio, Yoshua",
        "Inference for the generalization error",
        2003,
        {"journal": "Machine Learning", "volume": 52, "number": 3, "pages": "239--281"},
    ),
    "pedregosa2011": (
        "article",
        "Pedregosa, Fabian and others",
        "Scikit-learn: machine learning in Python",
        2011,
        {"journal": "Journal of Machine Learning Research", "volume": 12, "pages": "2825--2830"},
    ),
    "perez2018": (
        "inproceedings",
        "Perez, Ethan and Strub, Florian and de Vries, Harm and Dumoulin, Vincent and Courville, "
        "Aaron",
        "FiLM: visual reasoning with a general conditioning layer",
        2018,
        {"booktitle": "Proceedings of the 32nd AAAI Conference on Artificial Intelligence"},
    ),
    "salton1988": (
        "article",
        "Salton, Gerard and Buckley, Christopher",
        "Term-weighting approaches in automatic text retrieval",
        1988,
        {"journal": "Information Processing and Management", "volume": 24, "number": 5,
         "pages": "513--523"},
    ),
    "shapley1953": (
        "incollection",
        "Shapley, Lloyd S.",
        "A value for n-person games",
        1953,
        {"booktitle": "Contributions to the Theory of Games II", "publisher": "Princeton "
         "University Press", "pages": "307--317"},
    ),
    "swain1991": (
        "article",
        "Swain, Michael J. and Ballard, Dana H.",
        "Color indexing",
        1991,
        {"journal": "International Journal of Computer Vision", "volume": 7, "number": 1,
         "pages": "11--32"},
    ),
    "varma2006": (
        "article",
        "Varma, Sudhir and Simon, Richard",
        "Bias in error estimation when using cross-validation for model selection",
        2006,
        {"journal": "BMC Bioinformatics", "volume": 7, "pages": "91"},
    ),
    "wilson1927": (
        "article",
        "Wilson, Edwin B.",
        "Probable inference, the law of succession, and statistical inference",
        1927,
        {"journal": "Journal of the American Statistical Association", "volume": 22,
         "number": 158, "pages": "209--212"},
    ),
    "wolpert1992": (
        "article",
        "Wolpert, David H.",
        "Stacked generalization",
        1992,
        {"journal": "Neural Networks", "volume": 5, "number": 2, "pages": "241--259"},
    ),
    # As in CITATION.cff.
    "mm_keras": (
        "misc",
        "{The mm_keras authors}",
        "mm_keras: classic multimodal fusion in Keras, step by step",
        None,
        {"version": mm_keras.__version__, "note": "Python package, MIT license"},
    ),
}  # fmt: skip
