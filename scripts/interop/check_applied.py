"""Opens a file that Apply saved with anndata and prints what it holds, as JSON."""

import json
import sys

import anndata
import numpy as np

data = anndata.read_h5ad(sys.argv[1])
layers = {}
for name in data.layers:
    layer = data.layers[name]
    values = layer.data if hasattr(layer, "data") else np.asarray(layer)
    genes = np.asarray((layer > 0).sum(axis=0)).ravel()
    layers[name] = {
        "shape": list(layer.shape),
        "stored": int(layer.nnz),
        "finite": bool(np.isfinite(values).all()),
        "genes": [str(g) for g in data.var_names[genes > 0]][:10],
    }
print(
    json.dumps(
        {
            "shape": list(data.shape),
            "origin": {k: int(v) for k, v in data.obs["origin"].value_counts().items()},
            "obs": list(data.obs.columns),
            "obsm": {k: list(v.shape) for k, v in data.obsm.items()},
            "moved": float(np.abs(data.obsm["X_cellsmith"] - data.obsm["X_cellsmith_uncorrected"]).mean())
            if "X_cellsmith_uncorrected" in data.obsm
            else None,
            "layers": layers,
            "uns": sorted(data.uns["cellsmith"].keys()),
        }
    )
)
