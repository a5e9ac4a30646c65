"""Opens a file written by Cellsmith with anndata and scanpy, and prints as JSON what they read.

Usage: python check_export.py FILE [--source SRC]

With --source, also says whether genes, their order and the categories of shared columns agree with that file.
Exits 1 when a reader fails; warnings about the format are listed, not hidden.
"""

import argparse
import importlib.metadata
import json
import sys
import warnings

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
from scipy import sparse


def is_categorical(column):
    return isinstance(column.dtype, pd.CategoricalDtype)


def categories_of(obs):
    return {name: [str(c) for c in obs[name].cat.categories] for name in obs if is_categorical(obs[name])}


def tree(value):
    """Nested keys of uns with the type of each leaf."""
    if isinstance(value, dict):
        return {key: tree(item) for key, item in value.items()}
    return type(value).__name__


def describe_matrix(matrix):
    data = matrix.data if sparse.issparse(matrix) else np.asarray(matrix).ravel()
    return {
        "kind": type(matrix).__name__,
        "dtype": str(matrix.dtype),
        "shape": list(matrix.shape),
        "nnz": int(np.count_nonzero(data)),
        "sum": float(data.sum(dtype=np.float64)),
        "integer": bool(np.all(data == np.round(data))),
        "negative": bool((data < 0).any()),
        "canonical": bool(matrix.has_canonical_format) if sparse.issparse(matrix) else None,
    }


def run_scanpy(adata):
    """The first steps that everybody takes; returns each cell's total after normalisation."""
    copy = adata.copy()
    sc.pp.filter_genes(copy, min_cells=1)
    sc.pp.normalize_total(copy, target_sum=1e4)
    totals = np.asarray(copy.X.sum(axis=1)).ravel()
    sc.pp.log1p(copy)
    components = min(5, copy.n_obs - 1, copy.n_vars - 1)
    sc.pp.pca(copy, n_comps=components)
    return {
        "totals": [float(totals.min()), float(totals.max())],
        "pca": list(copy.obsm["X_pca"].shape),
        "finite": bool(np.isfinite(copy.obsm["X_pca"]).all()),
    }


def compare(adata, source):
    shared = [name for name in categories_of(adata.obs) if name in categories_of(source.obs)]
    same_length = adata.n_vars == source.n_vars
    return {
        "var_names_equal": bool(same_length and (adata.var_names == source.var_names).all()),
        "var_names_in_order": is_subsequence(adata.var_names, source.var_names),
        "categories_equal": {
            name: categories_of(adata.obs)[name] == categories_of(source.obs)[name] for name in shared
        },
        "var_columns_missing": [name for name in source.var if name not in adata.var],
    }


def is_subsequence(names, of):
    position = iter(of)
    return all(any(name == other for other in position) for name in names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--source")
    arguments = parser.parse_args()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adata = anndata.read_h5ad(arguments.file)
        steps = run_scanpy(adata)
    origin = adata.obs["origin"].astype(str) if "origin" in adata.obs else pd.Series(dtype=str)
    report = {
        "anndata": importlib.metadata.version("anndata"),
        "shape": list(adata.shape),
        "X": describe_matrix(adata.X),
        "layers": {key: describe_matrix(layer) for key, layer in adata.layers.items() if key is not None},
        "counts_equal_X": bool((abs(adata.layers["counts"] - adata.X)).max() == 0) if "counts" in adata.layers else False,
        "obs_names_head": list(adata.obs_names[:3]),
        "obs_names_unique": bool(adata.obs_names.is_unique),
        "var_names_head": list(adata.var_names[:3]),
        "obs_columns": list(adata.obs.columns),
        "obs_dtypes": {name: str(adata.obs[name].dtype) for name in adata.obs},
        "var_columns": list(adata.var.columns),
        "categories": categories_of(adata.obs),
        "category_counts": {
            name: {str(k): int(v) for k, v in adata.obs[name].value_counts(sort=False).items()}
            for name in categories_of(adata.obs)
        },
        "missing": {name: int(adata.obs[name].isna().sum()) for name in adata.obs},
        "obsm": {key: list(value.shape) for key, value in adata.obsm.items()},
        "uns": tree(adata.uns),
        "origin": {str(k): int(v) for k, v in origin.value_counts().items()},
        "all_synthetic": bool(len(origin) > 0 and (origin == "synthetic").all()),
        "scanpy": steps,
        "warnings": sorted({f"{item.category.__name__}: {item.message}" for item in caught}),
    }
    if arguments.source:
        report["source"] = compare(adata, anndata.read_h5ad(arguments.source))
    json.dump(report, sys.stdout, indent=1, default=str)
    print()


if __name__ == "__main__":
    main()
