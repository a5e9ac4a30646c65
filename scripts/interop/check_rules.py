"""Checks a written file against the rules of readers that are not Python's anndata, on its raw bytes.

Usage: python check_rules.py FILE (.h5ad, .mtx.zip, .zarr.zip)

Prints JSON: format, cells, genes, and under `broken` every rule that is broken. The rules:

h5ad   what R's readers take (anndataR and zellkonverter's own reader over rhdf5): every element says an encoding that they know, in the
       one version that they know; no nullable arrays; codes of at most 32 bits; `ordered` an HDF5 enumeration of FALSE and TRUE; texts of
       variable length in UTF-8; CSR with float32 counts, int32 indices and int32 indptr (int64 only from 2^31 entries on), sorted and
       without doubles; a shape of two int64; unique names.
10x    what Seurat's Read10X and Matrix' readMM take: three gzipped files, each in a single gzip member; a banner of five words; comments
       only before the sizes; sizes on one line; entries in range, sorted, as many as were said, none zero; ids, names and types
       separated by tabs; unique barcodes.
zarr   version 2, zlib, as zarr-python and R's pizzarr and Rarr take; the same rules as h5ad for encodings.
"""

import gzip
import io
import json
import sys
import warnings
import zipfile
import zlib

import h5py
import numpy as np

warnings.simplefilter("ignore")

VERSIONS = {
    "anndata": "0.1.0",
    "array": "0.2.0",
    "csr_matrix": "0.1.0",
    "dataframe": "0.2.0",
    "dict": "0.1.0",
    "string": "0.2.0",
    "numeric-scalar": "0.2.0",
    "categorical": "0.2.0",
    "string-array": "0.2.0",
}


class Rules:
    """Collects what is broken."""

    def __init__(self):
        self.broken = []

    def must(self, holds, text):
        if not holds:
            self.broken.append(text)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def check_encoding(rules, path, attributes):
    kind, version = (text(attributes.get(f"encoding-{part}", "none")) for part in ("type", "version"))
    rules.must(kind in VERSIONS, f"{path}: encoding {kind}")
    rules.must(VERSIONS.get(kind) == version, f"{path}: {kind} of version {version}")
    return kind


def check_csr(rules, path, shape, data, indices, indptr):
    rules.must(data.dtype == np.float32, f"{path}/data is {data.dtype}")
    rules.must(indices.dtype == np.int32, f"{path}/indices is {indices.dtype}")
    wide = len(data) >= 2**31
    rules.must(indptr.dtype == (np.int64 if wide else np.int32), f"{path}/indptr is {indptr.dtype}")
    starts, columns = np.asarray(indptr), np.asarray(indices)
    rules.must(len(starts) == shape[0] + 1 and starts[0] == 0, f"{path}: another number of rows")
    rules.must(starts[-1] == len(data) == len(columns), f"{path}: another number of entries")
    rules.must(bool((np.diff(starts) >= 0).all()), f"{path}: rows run backwards")
    rules.must(len(columns) == 0 or (columns.min() >= 0 and columns.max() < shape[1]), f"{path}: columns out of range")
    inside = np.ones(len(columns), dtype=bool)
    inside[starts[:-1][np.diff(starts) > 0]] = False
    later = np.diff(columns, prepend=-1) > 0
    rules.must(bool(later[inside].all()), f"{path}: columns of a row are not in order")
    return np.asarray(data)


def check_counts(rules, path, values):
    rules.must(bool((values == np.round(values)).all() and (values > 0).all()), f"{path}: not whole counts above zero")


def check_names(rules, path, names):
    names = [text(name) for name in names]
    rules.must(len(set(names)) == len(names), f"{path}: names occur twice")
    rules.must(all(names), f"{path}: an empty name")


class H5:
    """An HDF5 file as a tree."""

    def __init__(self, path):
        self.file = h5py.File(path)

    def attributes(self, path):
        return self.file[path or "/"].attrs

    def names(self, path):
        item = self.file[path or "/"]
        return list(item) if isinstance(item, h5py.Group) else []

    def array(self, path):
        return self.file[path]

    def values(self, path):
        return self.file[path][()]

    def check_text(self, rules, path):
        kind = h5py.check_string_dtype(self.file[path].dtype)
        rules.must(kind is not None and kind.encoding == "utf-8" and kind.length is None, f"{path}: not UTF-8 of variable length")

    def check_ordered(self, rules, path):
        kind = h5py.h5a.open(self.file[path].id, b"ordered").get_type()
        enum = isinstance(kind, h5py.h5t.TypeEnumID) and kind.get_nmembers() == 2
        members = {kind.get_member_name(i): kind.get_member_value(i) for i in range(2)} if enum else {}
        rules.must(members == {b"FALSE": 0, b"TRUE": 1}, f"{path}: ordered is no enumeration of FALSE and TRUE")
        rules.must(self.file[path].attrs["ordered"].dtype == np.dtype(bool), f"{path}: ordered is no boolean to h5py")


class Zarr:
    """A zipped zarr store of version 2 as a tree, read by hand."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.files = set(self.zip.namelist())

    def json(self, path):
        return json.loads(self.zip.read(path)) if path in self.files else {}

    def attributes(self, path):
        return self.json(f"{path}/.zattrs".lstrip("/"))

    def names(self, path):
        start = f"{path}/" if path else ""
        if f"{start}.zarray" in self.files:
            return []
        rest = (name[len(start) :] for name in self.files if name.startswith(start))
        return sorted({name.split("/")[0] for name in rest if "/" in name})

    def array(self, path):
        return self.values(path)

    def values(self, path):
        facts = self.json(f"{path}/.zarray")
        shape, chunks = facts["shape"], facts["chunks"]
        parts = []
        for i in range(-(-shape[0] // chunks[0]) if shape else 1):
            key = ".".join([str(i)] + ["0"] * (len(shape) - 1))
            raw = zlib.decompress(self.zip.read(f"{path}/{key}"))
            if facts["dtype"] == "|O":
                parts.append(np.array(self.texts(raw), dtype=object))
            else:
                parts.append(np.frombuffer(raw, facts["dtype"]))
        whole = np.concatenate(parts) if parts else np.zeros(0, facts["dtype"] if facts["dtype"] != "|O" else object)
        return whole[: int(np.prod(shape))].reshape(shape)

    @staticmethod
    def texts(raw):
        count, at, found = int.from_bytes(raw[:4], "little"), 4, []
        for _ in range(count):
            size = int.from_bytes(raw[at : at + 4], "little")
            found.append(raw[at + 4 : at + 4 + size].decode())
            at += 4 + size
        return found

    def check_text(self, rules, path):
        rules.must(self.json(f"{path}/.zarray")["filters"] == [{"id": "vlen-utf8"}], f"{path}: not vlen-utf8")

    def check_ordered(self, rules, path):
        rules.must(isinstance(self.attributes(path)["ordered"], bool), f"{path}: ordered is no boolean")


def walk(rules, tree, path=""):
    attributes = tree.attributes(path)
    kind = check_encoding(rules, path or "the root", attributes)
    if kind == "csr_matrix":
        shape = attributes["shape"]
        if isinstance(tree, H5):
            rules.must(shape.dtype == np.int64 and shape.shape == (2,), f"{path}: shape is not two int64")
        values = check_csr(rules, path, shape, *(tree.array(f"{path}/{name}") for name in ("data", "indices", "indptr")))
        if path == "layers/counts":
            check_counts(rules, path, values)
    elif kind == "categorical":
        tree.check_ordered(rules, path)
        codes, categories = tree.values(f"{path}/codes"), tree.values(f"{path}/categories")
        rules.must(codes.dtype in (np.int8, np.int16, np.int32), f"{path}/codes is {codes.dtype}")
        rules.must(len(codes) == 0 or (codes.min() >= -1 and codes.max() < len(categories)), f"{path}: codes out of range")
        check_names(rules, f"{path}/categories", categories)
        for name in ("codes", "categories"):
            walk(rules, tree, f"{path}/{name}")
    elif kind in ("string-array", "string"):
        tree.check_text(rules, path)
    elif kind in ("dict", "dataframe", "anndata"):
        for name in tree.names(path):
            walk(rules, tree, f"{path}/{name}".lstrip("/"))
    if kind == "dataframe":
        index = text(attributes["_index"])
        check_names(rules, f"{path}/{index}", tree.values(f"{path}/{index}"))
        columns = [text(name) for name in attributes["column-order"]]
        rules.must({*columns, index} == set(tree.names(path)), f"{path}: column-order is not the columns")


def check_tree(rules, tree):
    rules.must(set(tree.names("")) == {"X", "layers", "obs", "obsm", "obsp", "uns", "var", "varm", "varp"}, "groups of the root")
    walk(rules, tree)
    cells, genes = (int(n) for n in tree.attributes("X")["shape"])
    for key in tree.names("obsm"):
        rules.must(tree.values(f"obsm/{key}").shape[0] == cells, f"obsm/{key}: another number of cells")
    return {"cells": cells, "genes": genes}


def single_member(rules, name, packed):
    """Text of a gzipped file; whatever reads a first member only must find it all."""
    reader = zlib.decompressobj(wbits=31)
    content = reader.decompress(packed)
    rules.must(reader.eof and reader.unused_data == b"", f"{name}: more than one gzip member")
    rules.must(content == gzip.decompress(packed), f"{name}: gzip reads another text")
    return content


def check_tenx(rules, path):
    archive = zipfile.ZipFile(path)
    rules.must(archive.testzip() is None, "a checksum of the archive is wrong")
    folder = archive.namelist()[0].split("/")[0]
    names = {name.split("/", 1)[1] for name in archive.namelist()}
    rules.must({"matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"} <= names, "one of the three files is missing")
    content = {name: single_member(rules, name, archive.read(f"{folder}/{name}")) for name in names if name.endswith(".gz")}

    matrix = io.BytesIO(content["matrix.mtx.gz"])
    banner = matrix.readline().decode().split()
    rules.must(banner == ["%%MatrixMarket", "matrix", "coordinate", "integer", "general"], "the banner")
    line = matrix.readline()
    while line.startswith(b"%"):
        line = matrix.readline()
    sizes = line.decode()
    rules.must(sizes.rstrip("\n") == " ".join(str(int(n)) for n in sizes.split()), "the sizes are not three numbers")
    genes, cells, entries = (int(n) for n in sizes.split())
    rules.must(entries < 2**31, "readMM counts entries in 32 bits")
    rows = np.fromstring(matrix.read(), dtype=np.int64, sep=" ").reshape(-1, 3)
    rules.must(len(rows) == entries, f"{entries} entries were said, {len(rows)} are there")
    rules.must(rows[:, 0].min() >= 1 and rows[:, 0].max() <= genes, "a gene is out of range")
    rules.must(rows[:, 1].min() >= 1 and rows[:, 1].max() <= cells, "a cell is out of range")
    rules.must(bool((np.diff(rows[:, 1] * genes + rows[:, 0]) > 0).all()), "entries are not in order")
    rules.must(bool((rows[:, 2] > 0).all()), "an entry is not above zero")

    features = [row.split("\t") for row in content["features.tsv.gz"].decode().splitlines()]
    barcodes = content["barcodes.tsv.gz"].decode().splitlines()
    rules.must(len(features) == genes and all(len(row) == 3 and row[1] for row in features), "features are not three columns")
    rules.must(len(barcodes) == cells and not any("\t" in row for row in barcodes), "barcodes")
    check_names(rules, "barcodes", barcodes)
    rules.must(len(archive.read(f"{folder}/cells.csv").decode().splitlines()) >= cells + 1, "cells.csv")
    return {"cells": cells, "genes": genes, "sum": int(rows[:, 2].sum())}


def main():
    path = sys.argv[1]
    rules = Rules()
    if path.endswith(".h5ad"):
        report = {"format": "h5ad", **check_tree(rules, H5(path))}
    elif path.endswith(".zarr.zip"):
        report = {"format": "zarr", **check_tree(rules, Zarr(path))}
    else:
        report = {"format": "10x", **check_tenx(rules, path)}
    print(json.dumps({**report, "broken": rules.broken}))


if __name__ == "__main__":
    main()
