"""Lays out scores with umap-learn: umap_learn.py SCORES ROWS COLUMNS OUT; prints seconds of a second, compiled run."""

import sys
import time

import numpy as np
import umap

scores, rows, columns, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
values = np.fromfile(scores, dtype="float32").reshape(rows, columns)
umap.UMAP(n_neighbors=15, min_dist=0.3, n_epochs=20, n_jobs=2).fit_transform(values[:600])
start = time.perf_counter()
layout = umap.UMAP(n_neighbors=15, min_dist=0.3, n_jobs=2).fit_transform(values)
seconds = time.perf_counter() - start
layout.astype("float32").tofile(out)
print(seconds)
