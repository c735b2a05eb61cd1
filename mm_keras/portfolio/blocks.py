"""Blocks of columns, one per extractor, and views: what a candidate reads of one modality."""

from functools import cached_property

import numpy as np
from scipy.sparse import hstack, issparse
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import FeatureUnion, make_union

from mm_keras.features.defaults import features_of_kind
from mm_keras.features.extraction import fit_extractor, shape_of
from mm_keras.features.features import Features
from mm_keras.features.scaling import BlockScaler
from mm_keras.image import HOG, SIFT
from mm_keras.text import TFIDF

NUM_COMPONENTS = 256  # of wide blocks; more did not classify better
MIN_SIFT = 300  # training samples; a vocabulary of patterns needs some
DENSE_VARIANCE = 25.0  # total variance of the inputs of a dense head, as in `BlockScaler`


class Block:
    """The columns of one extractor, scaled to total variance 1; extracted when first needed.

    Args:
        name: str, for the table.
        modality: str.
        extractor: an unfitted extractor.
        data: MultimodalData, the training samples.
        base: list of the blocks of the same modality that decide which samples have it; (): itself.
    """

    def __init__(self, name, modality, extractor, data, base=()):
        self.name = name
        self.modality = modality
        self.extractor = extractor
        self.data = data
        self.base = base
        self.scaler = BlockScaler("block", variance=1.0)

    @cached_property
    def raw(self):
        """The extractor's rows of the training samples, dense or sparse."""
        return fit_extractor(
            self.extractor,
            self.data[self.modality],
            self.modality,
            self.data.labels,
            workers=None,
            cache=None,
            one_pass=True,
        )

    @cached_property
    def shape(self):
        return shape_of(self.extractor, self.raw)

    @property
    def width(self):
        return int(np.prod(self.shape))

    @cached_property
    def present(self):
        """Whether each sample has a nonzero value, bool (n,)."""
        if issparse(self.raw):
            return np.diff(self.raw.tocsr().indptr) > 0
        return self.raw.reshape(len(self.raw), -1).any(axis=1)

    @cached_property
    def rows(self):
        """Scaled rows (n, width), sparse or dense; zero where the modality is missing."""
        self.scaler.fit(self.raw)
        if issparse(self.raw):
            return (self.raw / self.scaler.scale_).tocsr()
        rows = (self.raw - self.scaler.mean_) / self.scaler.scale_
        rows[~np.any([block.present for block in self.base or (self,)], axis=0)] = 0
        return rows.reshape(len(rows), -1)


class View:
    """What a candidate reads of one modality: one or several adjacent blocks, side by side.

    Dense columns beyond `NUM_COMPONENTS` are replaced by their principal components. A linear
    function of these is one of the columns, see `kernel_of`, so the final network does without.
    """

    def __init__(self, blocks, seed=0):
        self.blocks = tuple(blocks)
        self.modality = blocks[0].modality
        self.name = " + ".join(block.name for block in blocks)
        self.seed = seed

    @cached_property
    def columns(self):
        """(n, width): the blocks, with total variance 1."""
        parts = [block.rows for block in self.blocks]
        share = np.float32(1 / np.sqrt(len(parts)))
        if any(map(issparse, parts)):
            return (hstack(parts) * share).tocsr()
        return np.hstack(parts) * share

    @cached_property
    def present(self):
        return np.any([block.present for block in self.blocks], axis=0)

    @cached_property
    def projection(self):
        """(width, components) for wide dense columns; None for others."""
        is_wide = not issparse(self.columns) and self.columns.shape[1] > NUM_COMPONENTS
        return self._components() if is_wide else None

    @cached_property
    def rows(self):
        """(n, d), the inputs of linear models, sparse or dense."""
        return self.columns if self.projection is None else self.columns @ self.projection

    @cached_property
    def dense_projection(self):
        """(width, d): from the columns to the inputs of dense heads."""
        projection = self.projection
        if projection is None and self.columns.shape[1] > NUM_COMPONENTS:
            projection = self._components()
        if projection is None:
            projection = np.eye(self.columns.shape[1], dtype=np.float32)
        variance = np.var(self.columns @ projection, axis=0).sum()
        return projection * np.float32(np.sqrt(DENSE_VARIANCE / max(variance, 1e-12)))

    @cached_property
    def dense_rows(self):
        """(n, d) float32, the inputs of dense heads."""
        return np.asarray(self.columns @ self.dense_projection, dtype=np.float32)

    def kernel_of(self, weights):
        """The weights (width, ...) on the scaled columns of the blocks, from those on `rows`."""
        weights = weights if self.projection is None else self.projection @ weights
        return self.scaled(weights)

    def scaled(self, weights):
        """Weights on the side-by-side columns as weights on the scaled columns of the blocks."""
        return (weights / np.sqrt(len(self.blocks))).astype(np.float32)

    def _components(self):
        count = min(NUM_COMPONENTS, min(self.columns.shape) - 1)
        svd = TruncatedSVD(max(count, 1), n_iter=2, random_state=self.seed)
        return svd.fit(self.columns).components_.T.astype(np.float32)


def views_of(data, modality, seed=0):
    """The views of a modality, the cheapest first.

    Texts: words, character n-grams, and both. Images: the default features, and these with SIFT.
    Other modalities: the default features.

    Raises:
        ValueError: there are no default features for this modality.
    """
    (extractor,) = features_of_kind(data, "vector", [modality]).extractors.values()
    union = isinstance(extractor, FeatureUnion)
    parts = [part for _, part in extractor.transformer_list] if union else [extractor]
    base = []  # they decide together: an image of one color has no edges, but is not missing
    for part in parts:
        base.append(Block(_title(part), modality, part, data, base))
    views = [View(base, seed)]
    if isinstance(parts[0], TFIDF):
        characters = TFIDF(
            analyzer="char_wb",
            ngram_range=(1, 5),
            sublinear_tf=True,
            min_df=2 if len(data) >= 500 else 1,
            max_features=30_000,
        )
        block = Block("characters", modality, characters, data)
        views += [View([block], seed), View([*base, block], seed)]
    elif isinstance(parts[0], HOG) and len(data) >= MIN_SIFT:
        sift = SIFT(dense=8, pyramid=True, random_state=seed, size=parts[0].size)
        views.append(View([*base, Block("SIFT", modality, sift, data, base)], seed))
    return views


def _title(extractor):
    return "words" if isinstance(extractor, TFIDF) else type(extractor).__name__


def features_of(views):
    """Fitted `Features` of the blocks that some views read, and their columns.

    Returns:
        (features, columns): columns is a dict, (modality, name of a block) -> (start, stop).
    """
    blocks = {}
    for view in views:
        for block in view.blocks:
            blocks.setdefault(view.modality, {})[block.name] = block
    state, columns = {}, {}
    for modality, parts in blocks.items():
        # The order of the blocks in a view of several: base blocks come first.
        parts = sorted(parts.values(), key=lambda block: block.name in ("characters", "SIFT"))
        stops = np.cumsum([block.width for block in parts]).tolist()
        for block, start, stop in zip(parts, [0, *stops], stops):
            columns[modality, block.name] = (start, stop)
        state[modality] = _state(parts)
    return Features.from_state("auto", state), columns


def _state(parts):
    """The state of one modality for `Features.from_state`."""
    for block in parts:
        block.rows  # noqa: B018  fits the scaler
    if len(parts) == 1:
        (block,) = parts
        return {"shape": block.shape, "extractor": block.extractor, "scaler": block.scaler}
    scaler = BlockScaler("block", variance=float(len(parts)))
    for name in ("mean_", "scale_"):
        values = [np.broadcast_to(getattr(block.scaler, name), block.width) for block in parts]
        setattr(scaler, name, np.concatenate(values).astype(np.float32))
    return {
        "shape": (sum(block.width for block in parts),),
        "extractor": make_union(*(block.extractor for block in parts), n_jobs=1),
        "scaler": scaler,
    }
