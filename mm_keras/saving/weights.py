"""The check of an HDF5 file with weights: no array is larger than what the file contains."""

import io

import h5py

MAX_DEPTH = 60


def check_weights(content):
    """Raise ValueError unless every dataset in an HDF5 file is stored as it is, in the file.

    Args:
        content: bytes of the file.
    """
    with h5py.File(io.BytesIO(content), "r") as file:
        pending, seen, total = [(file, 0)], set(), 0
        while pending:
            group, depth = pending.pop()
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError("the weights refer to another file")
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen or depth > MAX_DEPTH:
                    raise ValueError("the weights contain themselves")
                seen.add(address)
                if isinstance(item, h5py.Group):
                    pending.append((item, depth + 1))
                else:
                    total += _num_bytes(item)
        if total > len(content):
            raise ValueError("the weights are larger than the file")


def _num_bytes(dataset):
    """The number of bytes of a dataset of numbers that is neither compressed nor elsewhere."""
    plain = (
        isinstance(dataset, h5py.Dataset)
        and dataset.dtype.kind in "biufV"
        and dataset.chunks is None
        and not dataset.is_virtual
        and not dataset.external
    )
    if not plain or dataset.id.get_storage_size() != dataset.size * dataset.dtype.itemsize:
        raise ValueError("the weights are compressed or are not numbers")
    return dataset.size * dataset.dtype.itemsize
