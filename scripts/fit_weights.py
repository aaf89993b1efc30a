"""Fits a table of weights to labelled texts.

    fit_weights.py one|each FACTS TABLE < FEATURES

FEATURES has a JSON object a line: `set`, `words`, `facts`, and what the text is: `kind` for
`one`, where a text is of one kind; `kinds` with the weight of each label for `each`, where it
may be of any. `rules_fitted` says that rules were written for the set: what they found in it is
no measure of what they find elsewhere, and its facts are left out. Words are scaled as
`Weights::sums` does it. The same lines give the same table.

FACTS is how much a fact counts beside words: what did best on sets that the table had not
seen. With `--report` as TABLE, nothing is written: each set in turn is read by a table of the others.
"""

import collections
import json
import sys

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB

# A word that stands in one text only says whose text it is.
LEAST_TEXTS = 2
# How much words count, and how far the weights may go: the best of a few as well.
WORDS = {"one": 6.0, "each": 3.0}
LOOSE = {"one": 0.7, "each": 1.0}
# What no words say: a delivery report is told by its headers.
NEVER = "bounce"
# How much the second opinion on rare words counts, and by how much both together are too sure.
RARE = 0.3
SOFTER = 1.2
# A kind with fewer labels is not learned.
LEAST_LABELS = 20
PART = 100
# A word that weighs less than this for every kind is left out.
LEAST_WEIGHT = 8


def matrix(rows, index, how, facts_worth, training):
    values, lines, columns = [], [], []
    for line, row in enumerate(rows):
        words = [word for word in row["words"] if word in index]
        facts = [] if training and row["rules_fitted"] else [fact for fact in row["facts"] if fact in index]
        for found, value in ((words, WORDS[how] / np.sqrt(max(len(words), 1))), (facts, facts_worth)):
            lines.extend([line] * len(found))
            columns.extend(index[word] for word in found)
            values.extend([value] * len(found))
    return sparse.csr_matrix((values, (lines, columns)), shape=(len(rows), len(index)))


def vocabulary(rows):
    texts = collections.Counter(word for row in rows for word in set(row["words"]) | set(row["facts"]))
    words = sorted((word for word, count in texts.items() if count >= LEAST_TEXTS), key=lambda word: word.encode())
    return {word: at for at, word in enumerate(words)}


def fit(rows, how, facts_worth):
    """Kinds, their biases, and the weights as an array of kinds by words."""
    index = vocabulary(rows)
    known = matrix(rows, index, how, facts_worth, training=True)
    solve = lambda: LogisticRegression(C=LOOSE[how], max_iter=5000, tol=1e-6)
    if how == "one":
        of = [row["kind"] for row in rows]
        model = solve().fit(known, of)
        # What is rare is judged better by how often a word stands in the other kinds.
        rare = ComplementNB(alpha=0.3).fit(known, of).feature_log_prob_
        weights = model.coef_ + RARE * (rare - rare.mean(axis=0))
        return index, list(model.classes_), model.intercept_ / SOFTER, weights / SOFTER
    labels = collections.Counter(kind for row in rows for kind in row["kinds"])
    kinds = sorted(kind for kind, count in labels.items() if count >= LEAST_LABELS)
    bias, weights = [], []
    for kind in kinds:
        there = [kind in row["kinds"] for row in rows]
        worth = [row["kinds"].get(kind, 1.0) for row in rows]
        model = solve().fit(known, there, sample_weight=worth)
        bias.append(model.intercept_[0])
        weights.append(model.coef_[0])
    return index, kinds, np.array(bias), np.array(weights)


def write(path, rows, how, facts_worth):
    index, kinds, bias, weights = fit(rows, how, facts_worth)
    texts = collections.Counter(fact for row in rows for fact in row["facts"])
    number = lambda value: "" if round(value * PART) == 0 else str(round(value * PART))
    with open(path, "w", encoding="utf-8", newline="\n") as table:
        table.write("\t" + "\t".join(kinds) + "\n")
        table.write("\t" + "\t".join(str(round(value * PART)) for value in bias) + "\n")
        for word, at in index.items():
            scale = facts_worth if word in texts else WORDS[how]
            row = weights[:, at] * scale
            if np.abs(row).max() * PART >= LEAST_WEIGHT:
                table.write(word + "\t" + "\t".join(number(value) for value in row) + "\n")


def report(rows, how, facts_worth):
    for left in sorted({row["set"] for row in rows}):
        index, kinds, bias, weights = fit([row for row in rows if row["set"] != left], how, facts_worth)
        apart = [row for row in rows if row["set"] == left]
        sums = matrix(apart, index, how, facts_worth, training=False) @ weights.T + bias
        if how == "one":
            right = sum(kinds[line.argmax()] == row["kind"] for line, row in zip(sums, apart))
            print(f"{left}\t{right}/{len(apart)}\t{right / len(apart):.3f}")
            continue
        chances = 1 / (1 + np.exp(-sums))
        for least in (0.6, 0.7, 0.8, 0.9):
            found = [(row["kinds"].get(kinds[at])) for line, row in zip(chances, apart) for at in np.flatnonzero(line >= least)]
            sure = [worth for worth in found if worth in (None, 1.0)]
            right = sum(worth is not None for worth in sure)
            print(f"{left}\tfrom {least}\t{right}/{len(sure)}")


def main():
    how, facts_worth, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    rows = [row for row in map(json.loads, sys.stdin) if row["words"] is not None and row.get("kind") != NEVER]
    if path == "--report":
        report(rows, how, facts_worth)
    else:
        write(path, rows, how, facts_worth)


main()
