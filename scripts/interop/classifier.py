"""Can a classifier that only knows real cells tell what synthetic cells were meant to be?

    python classifier.py TRAIN.h5ad SYNTHETIC.h5ad --labels cell_type,condition

For each label: logistic regression (C = 0.1) on log1p counts per 10,000 of the 2,000 most variable genes, fitted on
the real cells of TRAIN; its accuracy on the cells of SYNTHETIC, whose obs column of that name says what each was
generated as. Prints one JSON object {label: accuracy}. Both files hold raw counts in X; genes are matched by name.
Exit status 1 with one line on standard error when a file does not fit.
"""

import argparse
import json
import sys

import anndata
import numpy as np
import scanpy as sc
from scipy import sparse
from sklearn.linear_model import LogisticRegression

TARGET_SUM = 1e4
VARIABLE_GENES = 2000
INVERSE_PENALTY = 0.1


def read(path):
    cells = anndata.read_h5ad(path)
    if not cells.var_names.is_unique:
        cells.var_names_make_unique()
    cells.X = sparse.csr_matrix(cells.X, dtype=np.float32)
    return cells


def log_normalise(cells):
    sc.pp.normalize_total(cells, target_sum=TARGET_SUM)
    sc.pp.log1p(cells)
    return cells


def variable_genes(train):
    """Names of the most variable genes of the training cells; all genes if there are not more than that."""
    if train.n_vars <= VARIABLE_GENES:
        return train.var_names
    found = sc.pp.highly_variable_genes(
        train, n_top_genes=VARIABLE_GENES, flavor="seurat", inplace=False
    )
    return train.var_names[found["highly_variable"].to_numpy()]


def labelled(cells, label):
    """Rows whose label is present, and their labels as text."""
    if label not in cells.obs:
        raise SystemExit(f"There is no obs['{label}'] in one of the files.")
    column = cells.obs[label]
    rows = column.notna().to_numpy()
    return rows, column[rows].astype(str).to_numpy()


def accuracy(train, synthetic, train_features, synthetic_features, label):
    rows, known = labelled(train, label)
    synthetic_rows, meant = labelled(synthetic, label)
    if len(set(known)) < 2:
        raise SystemExit(f"obs['{label}'] of the real cells has fewer than two values.")
    if len(meant) == 0:
        raise SystemExit(f"No synthetic cell has a value in obs['{label}'].")
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    model.fit(train_features[rows], known)
    return float(np.mean(model.predict(synthetic_features[synthetic_rows]) == meant))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train")
    parser.add_argument("synthetic")
    parser.add_argument("--labels", required=True, help="obs columns, separated by commas")
    arguments = parser.parse_args()

    train, synthetic = read(arguments.train), read(arguments.synthetic)
    shared = train.var_names[train.var_names.isin(synthetic.var_names)]
    if len(shared) == 0:
        raise SystemExit("The two files have no gene in common.")
    train = log_normalise(train[:, shared].copy())
    synthetic = log_normalise(synthetic[:, shared].copy())

    genes = variable_genes(train)
    train_features = train[:, genes].X
    synthetic_features = synthetic[:, genes].X
    labels = [label.strip() for label in arguments.labels.split(",") if label.strip()]
    print(
        json.dumps(
            {
                label: accuracy(train, synthetic, train_features, synthetic_features, label)
                for label in labels
            }
        )
    )


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"The cells could not be compared. {error}")
