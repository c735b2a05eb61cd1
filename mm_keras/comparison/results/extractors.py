"""The feature extractors of a comparison in words, for its description."""

from mm_keras.comparison.engine.features import features_for
from mm_keras.utils.source_code import strip_addresses


def describe_features(contenders, given, train):
    """The extractors that the contenders share: dict, kind -> modality -> extractor as a str.

    Args:
        contenders: dict, name -> Contender.
        given: dict, kind -> `Features`, or None.
        train: MultimodalData, a training set.
    """
    kinds = {}
    for contender in contenders.values():
        own = train.modalities if contender.modalities is None else contender.modalities
        if isinstance(contender.features, str) and own:
            kinds.setdefault(contender.features, set()).update(own)
    described = {}
    for kind, modalities in kinds.items():
        features = features_for(kind, given or {}, train)
        described[kind] = {
            name: " ".join(strip_addresses(repr(features[name].extractors[name])).split())
            for name in train.modalities
            if name in modalities and name in features
        }
    return {kind: by_name for kind, by_name in described.items() if by_name}
