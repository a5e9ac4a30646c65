"""Reads files of cells with the usual Python readers and prints one JSON line for each.

Usage: python read_formats.py FILE … (10x .h5, .loom, .h5mu, .zarr.zip, a folder with a MatrixMarket triple)

For an .h5mu file the line is about its rna modality; 10x files are read whole (all feature types of version 3, each genome of
version 2 as NAME::GENOME).
"""

import json
import os
import sys
import tempfile
import warnings
import zipfile

import anndata
import h5py
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.io
import zarr
from scipy import sparse

warnings.simplefilter("ignore")


def text(values):
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def read_loom(path):
    """Loom is genes × cells; names as the column Gene and the first of the usual cell columns."""
    with h5py.File(path) as file:
        matrix = file["matrix"][()].T
        rows, columns = file["row_attrs"], file["col_attrs"]
        cells = next((k for k in ("CellID", "Barcodes") if k in columns), None)
        return anndata.AnnData(
            np.asarray(matrix, dtype="float64"),
            obs={"names": text(columns[cells][()])} if cells else None,
            var={"names": text(rows["Gene"][()])} if "Gene" in rows else None,
        )


def read_h5mu(path):
    with h5py.File(path) as file:
        parts = {name: anndata.io.read_elem(file[f"mod/rna/{name}"]) for name in ("X", "obs", "var")}
        return anndata.AnnData(**parts)


def read_store(place):
    """Some writers leave out what anndata asks for; then matrix and names are read alone."""
    try:
        return anndata.read_zarr(place)
    except KeyError:
        group = zarr.open_group(place, mode="r")
        names = [[str(n) for n in group[t][group[t].attrs["_index"]][:]] for t in ("obs", "var")]
        obs, var = (pd.DataFrame(index=index) for index in names)
        return anndata.AnnData(anndata.io.read_elem(group["X"]), obs=obs, var=var)


def read_zarr_zip(path):
    """Unpacked first, since archives may hold the store in a folder."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        for place, _, files in os.walk(folder):
            if "__MACOSX" in place:
                continue
            if "zarr.json" in files or ".zgroup" in files:
                return read_store(place)
    raise ValueError("no zarr store")


def read_triple(folder):
    """Version 2 of 10x with only the matrix packed, which scanpy's own reader does not take."""
    matrix = scipy.io.mmread(os.path.join(folder, "matrix.mtx.gz")).T.tocsr()
    genes = pd.read_csv(os.path.join(folder, "genes.tsv"), sep="\t", header=None)
    cells = pd.read_csv(os.path.join(folder, "barcodes.tsv"), sep="\t", header=None)
    obs, var = pd.DataFrame(index=cells[0].astype(str)), pd.DataFrame(index=genes[1].astype(str))
    return anndata.AnnData(matrix, obs=obs, var=var)


def read(path):
    if path.endswith(".loom"):
        adata = read_loom(path)
        for table in (adata.obs, adata.var):
            if "names" in table:
                table.index = table.pop("names")
        return adata
    if path.endswith(".h5mu"):
        return read_h5mu(path)
    if path.endswith(".zip"):
        return read_zarr_zip(path)
    if os.path.isdir(path):
        return read_triple(path)
    file, _, genome = path.partition("::")
    return sc.read_10x_h5(file, genome=genome or None, gex_only=False)


def describe(path):
    adata = read(path)
    X = adata.X
    line = {"file": path, "shape": list(adata.shape), "cells": list(adata.obs_names[:5]), "genes": list(adata.var_names[:5])}
    if X is not None:
        X = sparse.csr_matrix(X).astype("float64")
        line["cell_sums"] = np.asarray(X.sum(axis=1)).ravel().tolist()
        line["gene_sums"] = np.asarray(X.sum(axis=0)).ravel().tolist()
    line["obs"] = {
        name: [None if value != value else str(value) for value in adata.obs[name].astype(object)]
        for name in adata.obs
        if adata.obs[name].dtype.name in ("category", "object", "str")
    }
    return line


for argument in sys.argv[1:]:
    print(json.dumps(describe(argument)))
