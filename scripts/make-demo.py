"""Makes public/demo/blood-700.h5ad: 700 blood cells × 765 genes with their counts, from data that the scanpy package carries.

Usage: python scripts/make-demo.py [OUT]

scanpy's reduced PBMC data set stores log1p of counts per ten thousand, rounded to three decimals, and the total count of
each cell. Both together give the whole counts back; this script checks that before it writes. Running it again writes the
same contents.
"""

import sys
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
from scipy import sparse

DEFAULT_OUT = Path(__file__).resolve().parent.parent / "public" / "demo" / "blood-700.h5ad"
KEPT_COLUMNS = ["bulk_labels", "phase", "louvain", "n_counts"]
TARGET_SUM = 1e4
# The stored logarithms are rounded to three decimals; the rest is float32.
LARGEST_ERROR = 0.0005 + 1e-6


def restore_counts(logarithms, libraries):
    """Whole counts from log1p(counts / library · 10,000), checked against the stored values."""
    values = logarithms.astype(np.float64).tocsr()
    values.sort_indices()
    row_scale = np.repeat(libraries / TARGET_SUM, np.diff(values.indptr))
    counts = np.round(np.expm1(values.data) * row_scale)
    if counts.min() < 1:
        raise ValueError("a stored value became zero counts")
    error = np.abs(np.log1p(counts / row_scale) - values.data).max()
    if error > LARGEST_ERROR:
        raise ValueError(f"counts do not reproduce the stored values: {error}")
    return sparse.csr_matrix((counts.astype(np.float32), values.indices, values.indptr), values.shape)


def make_demo():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = sc.datasets.pbmc68k_reduced()
    libraries = source.obs["n_counts"].to_numpy(np.float64)
    demo = anndata.AnnData(
        X=restore_counts(source.raw.X, libraries),
        obs=source.obs[KEPT_COLUMNS].copy(),
        var=pd.DataFrame(index=source.raw.var_names.astype(object)),
        obsm={"X_umap": source.obsm["X_umap"].astype(np.float32)},
    )
    demo.obs_names.name = None
    demo.var_names.name = None
    demo.uns["about"] = {
        "title": "700 peripheral blood cells, 765 genes",
        "source": "scanpy.datasets.pbmc68k_reduced; Zheng et al. 2017, doi:10.1038/ncomms14049",
        "counts": "X holds whole counts, restored from log1p(CP10k) and n_counts",
        "n_counts": "total count of the cell over all genes measured, of which 765 are here",
    }
    return demo


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUT
    out.parent.mkdir(parents=True, exist_ok=True)
    demo = make_demo()
    demo.write_h5ad(out, compression="gzip", compression_opts=9)
    print(f"{out}: {demo.n_obs} cells, {demo.n_vars} genes, {int(demo.X.sum())} counts")


if __name__ == "__main__":
    main()
