"""Makes random AnnData files from descriptions and compares files, as a long-lived process.

Reads one JSON order a line from standard input and answers with one JSON line:

    {"do": "make", "spec": {...}, "path": FILE}      writes the described cells; answers what anndata reads back
    {"do": "compare", "a": FILE, "b": FILE}          answers the differences between two files as anndata reads them
    {"do": "read", "path": FILE}                     answers what anndata reads

FILE ends in .h5ad, .zarr (a folder) or .zarr.zip. A description is what `describe` returns, with the form of storage beside it.
"""

import json
import sys
import warnings
import zipfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

warnings.simplefilter("ignore")
if hasattr(anndata, "settings") and hasattr(anndata.settings, "allow_write_nullable_strings"):
    anndata.settings.allow_write_nullable_strings = True


def column_of(spec):
    kind, values = spec["kind"], spec.get("values")
    if kind == "categorical":
        categories = pd.Index(spec["categories"], dtype=spec.get("of", "object"))
        return pd.Categorical.from_codes(spec["codes"], categories=categories, ordered=spec["ordered"])
    if kind == "float":
        return np.array([np.nan if v is None else v for v in values], dtype=spec["dtype"])
    if kind == "int":
        return np.array(values, dtype=spec["dtype"])
    if kind == "bool":
        return np.array(values, dtype=bool)
    if kind == "nullable-int":
        return pd.array([pd.NA if v is None else v for v in values], dtype=spec["dtype"])
    if kind == "nullable-bool":
        return pd.array([pd.NA if v is None else v for v in values], dtype="boolean")
    if kind == "nullable-string":
        return pd.array([pd.NA if v is None else v for v in values], dtype="string")
    return np.array(values, dtype=object)


def table_of(names, columns):
    frame = pd.DataFrame(index=pd.Index(names, dtype=object))
    for name, spec in columns.items():
        frame[name] = column_of(spec)
    return frame


def matrix_of(spec, shape):
    dense = np.zeros(shape, dtype=spec["dtype"])
    for row, column, value in spec["entries"]:
        dense[row, column] = value
    if spec["kind"] == "dense":
        return dense
    return sparse.csr_matrix(dense) if spec["kind"] == "csr" else sparse.csc_matrix(dense)


def make(spec, path):
    shape = (len(spec["obs_names"]), len(spec["var_names"]))
    adata = anndata.AnnData(
        X=None if spec["X"] is None else matrix_of(spec["X"], shape),
        obs=table_of(spec["obs_names"], spec["obs"]),
        var=table_of(spec["var_names"], spec["var"]),
    )
    for name, layer in spec["layers"].items():
        adata.layers[name] = matrix_of(layer, shape)
    for name, values in spec["obsm"].items():
        adata.obsm[name] = np.array(values, dtype="float32").reshape(shape[0], 2)
    if spec["raw"] is not None:
        names = spec["raw"]["var_names"]
        wide = anndata.AnnData(
            X=matrix_of(spec["raw"]["X"], (shape[0], len(names))),
            obs=pd.DataFrame(index=adata.obs_names),
            var=pd.DataFrame(index=pd.Index(names, dtype=object)),
        )
        adata.raw = wide
    if path.endswith(".zarr"):
        anndata.settings.zarr_write_format = spec["zarr_format"]
        adata.write_zarr(path, convert_strings_to_categoricals=False)
    else:
        adata.write_h5ad(path, compression=spec["compression"], convert_strings_to_categoricals=False)
        restore(spec, path)
    return describe(read(path))


def restore(spec, path):
    """Other number types for the positions, chunks, and values that are stored though they are zero."""
    with h5py.File(path, "r+") as file:
        for at, matrix in [("X", spec["X"]), *((f"layers/{n}", m) for n, m in spec["layers"].items())]:
            if matrix is None:
                continue
            if matrix["kind"] == "dense":
                if matrix.get("chunks") and file[at].size > 0:
                    values, attributes = file[at][...], dict(file[at].attrs)
                    del file[at]
                    chunks = tuple(max(1, min(n, c)) for n, c in zip(values.shape, matrix["chunks"]))
                    file.create_dataset(at, data=values, chunks=chunks, compression=spec["compression"] or "gzip")
                    file[at].attrs.update(attributes)
                continue
            for name in ["indices", "indptr"]:
                dtype = matrix.get("index" if name == "indices" else "pointer", "int32")
                values = file[f"{at}/{name}"][...].astype(dtype)
                del file[f"{at}/{name}"]
                file.create_dataset(f"{at}/{name}", data=values)


def read(path):
    if not path.endswith(".zip"):
        return anndata.read_zarr(path) if path.endswith(".zarr") else anndata.read_h5ad(path)
    folder = Path(path).with_suffix("")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return anndata.read_zarr(str(folder))


def dense_of(matrix):
    return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)


def numbers(values):
    return [None if v != v else float(v) for v in np.asarray(values, dtype="float64").ravel()]


def text(value):
    return None if value is None or value is pd.NA or value != value else str(value)


def describe_column(series):
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "kind": "categorical",
            "categories": [str(c) for c in series.cat.categories],
            "codes": [int(c) for c in series.cat.codes],
            "ordered": bool(series.cat.ordered),
        }
    if pd.api.types.is_bool_dtype(dtype):
        return {"kind": "bool", "values": [None if v is pd.NA else bool(v) for v in series.array]}
    if pd.api.types.is_numeric_dtype(dtype):
        whole = pd.api.types.is_integer_dtype(dtype)
        values = [None if v is pd.NA else float(v) for v in series.array] if whole else numbers(series)
        return {"kind": "int" if whole else "float", "values": values}
    return {"kind": "text", "values": [text(v) for v in series]}


def describe_table(frame):
    return {name: describe_column(frame[name]) for name in frame.columns}


def describe(adata):
    return {
        "obs_names": [str(n) for n in adata.obs_names],
        "var_names": [str(n) for n in adata.var_names],
        "X": None if adata.X is None else numbers(dense_of(adata.X)),
        "layers": {key: numbers(dense_of(m)) for key, m in adata.layers.items() if key is not None},
        "raw": None
        if adata.raw is None
        else {"var_names": [str(n) for n in adata.raw.var_names], "X": numbers(dense_of(adata.raw.X))},
        "obs": describe_table(adata.obs),
        "var": describe_table(adata.var),
        "obsm": {key: numbers(np.asarray(value)) for key, value in adata.obsm.items()},
    }


def plain(column):
    """What must be equal after a round trip: truth values may come back as the categories False and True, text as categories."""
    if column["kind"] == "categorical":
        names = [None if c < 0 else column["categories"][c] for c in column["codes"]]
        return names
    if column["kind"] == "bool":
        return [None if v is None else str(v) for v in column["values"]]
    return column["values"]


def differences(a, b):
    found = []
    for part in ["obs_names", "var_names", "X"]:
        if a[part] != b[part]:
            found.append(f"{part}: {a[part]} != {b[part]}")
    for part in ["obs", "var"]:
        for name, column in a[part].items():
            other = b[part].get(name)
            if other is None:
                found.append(f"{part}/{name} is missing")
            elif plain(column) != plain(other):
                found.append(f"{part}/{name}: {plain(column)} != {plain(other)}")
            elif column["kind"] == "categorical" and any(
                column[key] != other.get(key) for key in ["kind", "categories", "ordered"]
            ):
                found.append(f"{part}/{name}: other categories, {column} != {other}")
    for key, values in a["obsm"].items():
        if b["obsm"].get(key) != values:
            found.append(f"obsm/{key}: {values} != {b['obsm'].get(key)}")
    return found


def answer(order):
    if order["do"] == "make":
        return make(order["spec"], order["path"])
    if order["do"] == "compare":
        return differences(describe(read(order["a"])), describe(read(order["b"])))
    return describe(read(order["path"]))


def main():
    for line in sys.stdin:
        try:
            result = {"answer": answer(json.loads(line))}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
