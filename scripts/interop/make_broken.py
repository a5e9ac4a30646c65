"""Writes small h5ad files with one defect each into a folder, for the end-to-end tests: make_broken.py FOLDER"""
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy import sparse


def cells(n=60, genes=40, seed=0):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.5, (n, genes)).astype(np.float32)
    counts[:, 0] += 1
    obs = pd.DataFrame({"kind": pd.Categorical(["a", "b"] * (n // 2) + ["a"] * (n % 2))})
    obs.index = [f"cell{i}" for i in range(n)]
    return anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=pd.DataFrame(index=[f"g{j}" for j in range(genes)]))


def dense(adata):
    return adata.X.toarray()


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    files["negative"] = cells()
    files["negative"].X = sparse.csr_matrix(dense(files["negative"]) - 2)
    files["fractional"] = cells()
    files["fractional"].X = sparse.csr_matrix(dense(files["fractional"]) * np.float32(0.37))
    files["nan"] = cells()
    values = dense(files["nan"])
    values[3, 3] = np.nan
    files["nan"].X = values
    files["one-cell"] = cells()[:1].copy()
    files["one-gene"] = cells()[:, :1].copy()
    files["one-category"] = cells()
    files["one-category"].obs["kind"] = pd.Categorical(["a"] * 60)
    files["empty-cells"] = cells()
    values = dense(files["empty-cells"])
    values[:5] = 0
    files["empty-cells"].X = sparse.csr_matrix(values)
    files["log-exact"] = cells(genes=400)
    values = dense(files["log-exact"])
    files["log-exact"].X = sparse.csr_matrix(np.log1p(values / values.sum(1, keepdims=True) * 1e4).astype(np.float32))
    for name, adata in files.items():
        adata.write_h5ad(folder / f"{name}.h5ad")
    print("{}")


if __name__ == "__main__":
    main()
