"""Writes published.json: what Python's lifelines says of published data, for the tests of src/report/survival.rs.

    python3 -m venv venv && venv/bin/pip install lifelines==0.30.3
    venv/bin/python tests/statistics/published.py > tests/statistics/published.json

Two figures are not lifelines':
- Where the curve is 0, lifelines gives the band 0 to 0, because it leaves an infinite variance out. R's survival gives
  none there, and so do we: the band and what would be read off it are null.
- lifelines' variance of the restricted mean is that of the times. The variance of the mean is computed here from
  lifelines' event table by Greenwood's formula (Klein & Moeschberger, Survival Analysis, 4.5.2).
"""

import json
import sys

import numpy as np
from lifelines import KaplanMeierFitter, datasets
from lifelines.utils import qth_survival_times, restricted_mean_survival_time


def groups():
    """Name, source, times, whether it happened."""
    waltons = datasets.load_waltons()
    for name, part in waltons.groupby("group"):
        yield f"waltons, {name}", "lifelines.datasets.load_waltons", part["T"], part["E"]
    leukemia = datasets.load_leukemia()
    for rx, part in leukemia.groupby("Rx"):
        yield f"leukemia (Freireich 1963), Rx {rx}", "lifelines.datasets.load_leukemia", part["t"], part["status"]
    rossi = datasets.load_rossi()
    for fin, part in rossi.groupby("fin"):
        yield f"recidivism (Rossi 1980), fin {fin}", "lifelines.datasets.load_rossi", part["week"], part["arrest"]
    lung = datasets.load_lung()
    for sex, part in lung.groupby("sex"):
        yield f"lung (Loprinzi 1994), sex {sex}", "lifelines.datasets.load_lung", part["time"], part["status"]
    larynx = datasets.load_larynx()
    yield "larynx (Kardaun 1983)", "lifelines.datasets.load_larynx", larynx["time"], larynx["death"]
    kidney = datasets.load_kidney_transplant()
    yield "kidney transplants (Klein & Moeschberger)", "lifelines.datasets.load_kidney_transplant", kidney["time"], kidney["death"]


def finite(value):
    return float(value) if np.isfinite(value) else None


def greenwood(kmf, until):
    table, curve = kmf.event_table, kmf.survival_function_.iloc[:, 0]
    total = 0.0
    for time, row in table.iterrows():
        n, d = row["at_risk"], row["observed"]
        if d == 0 or time > until or n == d:
            continue
        ends = [t for t in curve.index if time <= t < until] + [until]
        area = sum(curve[a] * (b - a) for a, b in zip(ends, ends[1:]))
        total += area**2 * d / (n * (n - d))
    return float(total)


def expected(name, source, times, happened):
    kmf = KaplanMeierFitter().fit(times, happened)
    seen = kmf.event_table["removed"] > 0
    curve, band = kmf.survival_function_.iloc[:, 0], kmf.confidence_interval_.copy()
    band[curve < 1e-12] = np.nan
    known = band.dropna()
    steps = [
        [float(t), float(curve[t]), finite(band.loc[t].iloc[0]), finite(band.loc[t].iloc[1])] for t in curve.index[seen]
    ]
    quantiles = []
    for share in (0.25, 0.5, 0.9):
        at = lambda values: finite(qth_survival_times(1 - share, values))
        estimate, low, high = at(curve), at(known.iloc[:, 0]), at(known.iloc[:, 1])
        # All are done at once before the band is down: see "Where the curve is 0".
        quantiles.append([share, estimate, estimate if low is None else low, high])
    means = []
    for until in (float(np.median(times)), float(np.max(times))):
        means.append([until, float(restricted_mean_survival_time(kmf, t=until)), greenwood(kmf, until)])
    return {
        "name": name,
        "source": source,
        "times": [float(t) for t in times],
        "happened": [int(e) for e in happened],
        "steps": steps,
        "quantiles": quantiles,
        "restricted_means": means,
    }


def main():
    rows = [json.dumps(expected(*group)) for group in groups()]
    sys.stdout.write("[\n" + ",\n".join(rows) + "\n]\n")


main()
