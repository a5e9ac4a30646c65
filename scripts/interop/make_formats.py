"""Writes small files of cells in many formats into a folder, for the end-to-end tests: make_formats.py FOLDER"""

import gzip
import json
import sys
import warnings
import zipfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import io as sio
from scipy import sparse

warnings.simplefilter("ignore")
CELLS, GENES = 80, 50


def counts(genes=GENES, seed=0):
    rng = np.random.default_rng(seed)
    matrix = rng.poisson(1.2, (CELLS, genes)).astype(np.float32)
    matrix[:, 0] += 1
    return sparse.csr_matrix(matrix)


def cells(genes=GENES, seed=0):
    rng = np.random.default_rng(seed + 1)
    names = pd.Categorical.from_codes(np.arange(CELLS) % 3 - (np.arange(CELLS) % 12 == 0), ["a", "b", "c"])
    obs = pd.DataFrame({"kind": names, "age": rng.normal(40, 12, CELLS).round(1)})
    obs.index = [f"cell{i}-1" for i in range(CELLS)]
    var = pd.DataFrame(index=[f"ENSG{j:011d}" for j in range(genes)])
    var["gene_symbol"] = [f"SYM{j // 2 if j < 4 else j}" for j in range(genes)]
    return anndata.AnnData(counts(genes, seed), obs=obs, var=var)


def triple(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "matrix.mtx.gz", "wb") as file:
        sio.mmwrite(file, counts().T.astype(np.int64).tocoo())
    with gzip.open(folder / "features.tsv.gz", "wt") as file:
        file.writelines(f"ENSG{j:011d}\tSYM{j}\tGene Expression\n" for j in range(GENES))
    with gzip.open(folder / "barcodes.tsv.gz", "wt") as file:
        file.writelines(f"cell{i}-1\n" for i in range(CELLS))


def genomes(path):
    with h5py.File(path, "w") as file:
        for seed, (name, genes) in enumerate([("hg19", 40), ("mm10", 30)]):
            group = file.create_group(name)
            matrix = counts(genes, seed)
            group["data"], group["indices"], group["indptr"] = matrix.data.astype("int32"), matrix.indices, matrix.indptr
            group["shape"] = np.array([genes, CELLS])
            group["barcodes"] = np.array([f"cell{i}-1" for i in range(CELLS)], dtype="S")
            group["genes"] = np.array([f"{name}_{j:04d}" for j in range(genes)], dtype="S")
            group["gene_names"] = np.array([f"{name}_G{j}" for j in range(genes)], dtype="S")


def multimodal(path):
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "MuData"
        for name, genes in [("rna", 40), ("atac", 60)]:
            modality = cells(genes, 3)
            modality.obs.index.name = None
            anndata.io.write_elem(file, f"mod/{name}", modality)
        file["mod"].attrs["mod-order"] = ["rna", "atac"]
        anndata.io.write_elem(file, "obs", pd.DataFrame(index=[f"cell{i}-1" for i in range(CELLS)]))


def zarr_zip(path, folder, version):
    anndata.settings.zarr_write_format = version
    cells().write_zarr(folder)
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    triple(folder / "tenx-folder")
    genomes(folder / "genomes.h5")
    multimodal(folder / "both.h5mu")
    for version in [2, 3]:
        zarr_zip(folder / f"cells{version}.zarr.zip", folder / f"cells{version}.zarr", version)
    adata = cells()
    adata.layers["again"] = adata.X.copy()
    adata.write_h5ad(folder / "names.h5ad")
    rng = np.random.default_rng(5)
    big = anndata.AnnData(
        sparse.csr_matrix(rng.poisson(0.4, (4000, 3000)).astype(np.float32)),
        obs=pd.DataFrame(index=[f"c{i}" for i in range(4000)]),
        var=pd.DataFrame(index=[f"g{j}" for j in range(3000)]),
    )
    big.layers["again"] = big.X.copy()
    big.write_h5ad(folder / "changing.h5ad")
    print(json.dumps({"cells": CELLS, "genes": GENES}))


if __name__ == "__main__":
    main()
