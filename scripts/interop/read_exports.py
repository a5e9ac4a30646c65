"""Reads exports of the same cells with the Python readers of this environment and prints what each says as one line of JSON.

Usage: python read_exports.py FILE … (.h5ad, .zarr.zip, .mtx.zip). Readers that are not installed are named under `missing`.
"""

import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
import warnings
import zipfile

import anndata
import numpy as np
from scipy import sparse

warnings.simplefilter("ignore")


def digest(matrix):
    """The same for equal counts, whatever their type."""
    csr = sparse.csr_matrix(matrix)
    csr.sort_indices()
    parts = (csr.indptr.astype("int64"), csr.indices.astype("int64"), np.asarray(csr.data).astype("int64"))
    return hashlib.md5(b"".join(part.tobytes() for part in parts)).hexdigest()


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (str, np.str_)):
        return str(value)
    return [plain(item) for item in value] if isinstance(value, (list, np.ndarray)) and np.ndim(value) else np.asarray(value).item()


def describe(adata):
    counts = adata.layers["counts"] if "counts" in adata.layers else adata.X
    columns = {}
    for name in adata.obs:
        column = adata.obs[name]
        if column.dtype.name == "category":
            codes = column.cat.codes.to_numpy().tolist()
            columns[name] = [[str(c) for c in column.cat.categories], bool(column.cat.ordered), codes]
        else:
            columns[name] = [None if value != value else value for value in column.to_numpy().tolist()]
    return {
        "shape": list(adata.shape),
        "counts": digest(counts),
        "X": float(adata.X.sum()),
        "cells": list(adata.obs_names),
        "genes": list(adata.var_names),
        "obs": columns,
        "obsm": {key: list(value.shape) for key, value in adata.obsm.items()},
        "uns": plain(dict(adata.uns)),
    }


def read_zarr(path, folder):
    try:
        import zarr
    except ImportError:
        return None
    zipfile.ZipFile(path).extractall(folder)
    return describe(anndata.read_zarr(folder))


def read_tenx(path, folder):
    import scipy.io

    zipfile.ZipFile(path).extractall(folder)
    inside = os.path.join(folder, os.listdir(folder)[0])
    plain_counts = scipy.io.mmread(os.path.join(inside, "matrix.mtx.gz")).T
    report = {"shape": list(plain_counts.shape), "counts": digest(plain_counts)}
    try:
        import scanpy
    except ImportError:
        return report
    adata = scanpy.read_10x_mtx(inside)
    return {**report, "scanpy": digest(adata.X), "cells": list(adata.obs_names), "genes": list(adata.var_names)}


def main():
    report = {"anndata": importlib.metadata.version("anndata")}
    for path in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            if path.endswith(".h5ad"):
                report["h5ad"] = describe(anndata.read_h5ad(path))
            elif path.endswith(".zarr.zip"):
                report["zarr"] = read_zarr(path, folder)
            else:
                report["10x"] = read_tenx(path, folder)
    report["missing"] = [key for key in ("zarr",) if report.get(key, 0) is None]
    print(json.dumps(report))


if __name__ == "__main__":
    main()
