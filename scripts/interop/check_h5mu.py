"""Opens an h5mu that Cellsmith wrote, with mudata where it is installed and else each part with anndata, and prints what it holds, as JSON."""

import json
import sys

import h5py
import numpy as np


def read_parts(path):
    """The name of the reader, the parts by name, the table of cells and the maps over all parts."""
    try:
        import mudata
    except ModuleNotFoundError:
        from anndata.io import read_elem

        with h5py.File(path, "r") as file:
            parts = {name: read_elem(file[f"mod/{name}"]) for name in file["mod"].attrs["mod-order"]}
            return "anndata", parts, read_elem(file["obs"]), read_elem(file["obsm"])
    data = mudata.read_h5mu(path)
    return "mudata", dict(data.mod), data.obs, {key: data.obsm[key] for key in data.obsm if key not in data.mod}


reader, parts, obs, obsm = read_parts(sys.argv[1])
told = {}
for name, part in parts.items():
    values = part.X.data
    told[name] = {
        "shape": list(part.shape),
        "largest": float(values.max()),
        "whole": bool(np.array_equal(values, np.round(values)) and values.min() >= 0),
        "same": bool((part.X != part.layers["counts"]).nnz == 0),
        "emptiest": int((part.X > 0).sum(axis=1).min()),
        "features": [str(feature) for feature in part.var_names[:2]],
        "cells": bool((part.obs_names == obs.index).all()),
        "uns": sorted(part.uns.keys()),
    }
print(
    json.dumps(
        {
            "reader": reader,
            "cells": len(obs),
            "origin": {k: int(v) for k, v in obs["origin"].value_counts().items() if v > 0},
            "obsm": {key: list(np.shape(values)) for key, values in obsm.items()},
            "parts": told,
        }
    )
)
