"""Ten kinds of made tables whose truth is known, to infer schemas from and to hold fresh rows to."""

import numpy as np
import pandas as pd


def measures(random, n):
    """Tails of every kind."""
    return pd.DataFrame(
        {
            "normal": random.normal(50, 10, n),
            "near_zero": random.normal(3, 1, n),
            "lognormal": np.exp(random.normal(size=n)) * 100,
            "pareto": 1 + random.pareto(2.5, n),
            "exponential": random.exponential(3, n),
            "student": random.standard_t(4, n),
            "uniform": random.uniform(0, 1, n).round(4),
            "beta": random.beta(0.5, 3, n),
        }
    )


def counts(random, n):
    """Whole numbers."""
    return pd.DataFrame(
        {
            "poisson": random.poisson(3, n),
            "visits": random.negative_binomial(2, 0.2, n),
            "year": random.integers(1995, 2024, n),
            "rating": random.choice([1, 2, 3, 4, 5], n, p=[0.05, 0.1, 0.2, 0.35, 0.3]),
            "flag": random.integers(0, 2, n),
            "cents": random.integers(-5000, 5000, n),
        }
    )


def people(random, n):
    """Make a country that decides the currency, ages, mails, names."""
    countries = np.array(["CH", "DE", "AT", "FR", "IT", "US"])
    currency = dict(zip(countries, ["CHF", "EUR", "EUR", "EUR", "EUR", "USD"], strict=True))
    country = random.choice(countries, n, p=[0.3, 0.3, 0.15, 0.1, 0.1, 0.05])
    ids = random.permutation(10**6)[:n]
    return pd.DataFrame(
        {
            "id": ids,
            "country": country,
            "currency": pd.Series(country).map(currency).to_numpy(),
            "age": random.integers(18, 91, n),
            "mail": [f"user{k}@{host}.com" for k, host in zip(ids, random.choice(["a", "bc"], n), strict=True)],
            "name": random.choice([f"Name {k}" for k in range(400)], n),
            "married": random.random(n) < 0.4,
        }
    )  # fmt: skip


def orders(random, n):
    """Dates in order, a sum, a note that is missing exactly when the state says so."""
    ordered = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 700 * 86400, n), unit="s")
    net, tax = random.lognormal(3, 1, n).round(2), random.lognormal(1, 1, n).round(2)
    state = random.choice(["open", "paid", "sent"], n, p=[0.2, 0.3, 0.5])
    return pd.DataFrame(
        {
            "ordered": ordered,
            "delivered": ordered + pd.to_timedelta(random.exponential(3 * 86400, n).astype(int), unit="s"),
            "net": net,
            "tax": tax,
            "total": net + tax,
            "state": state,
            "paid_by": np.where(state == "open", None, random.choice(["card", "bill"], n)),
            "low": (low := random.normal(0, 5, n)),
            "high": low + random.gamma(1, 2, n),
        }
    )


def codes(random, n):
    """Ids, plates, hexadecimal keys."""
    letters = np.array(list("ABCDEFGHKLMNPRSTUVWXYZ"))
    plate = ["".join(random.choice(letters, 2)) + f"-{number:05d}" for number in random.integers(0, 10**5, n)]
    return pd.DataFrame(
        {
            "order": [f"ORD-{k:08d}" for k in random.permutation(10**6)[:n]],
            "key": [random.bytes(8).hex() for _ in range(n)],
            "plate": plate,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1000, n), unit="D"),
        }
    )


def clicks(random, n):
    """Categories of every frequency."""
    columns = {}
    for j, distinct in enumerate((3, 12, 50, 200, 1000)):
        share = 1 / np.arange(1, distinct + 1) ** 1.1
        columns[f"page_{j}"] = np.array([f"p{j}_{k:04d}" for k in range(distinct)])[
            random.choice(distinct, n, p=share / share.sum())
        ]
    rare = random.random(n) < 2e-3
    return pd.DataFrame(columns).assign(browser=np.where(rare, "Other", random.choice(["Chrome", "Safari"], n)))


def sensors(random, n):
    """Correlated channels with gaps that come together."""
    base = random.normal(size=(n, 2))
    gone = random.random(n) < 0.05
    frame = pd.DataFrame({f"channel_{j}": base[:, j % 2] + 0.1 * random.normal(size=n) for j in range(6)})
    frame.loc[gone, ["channel_0", "channel_1"]] = np.nan
    frame.loc[random.random(n) < 0.02, "channel_2"] = np.nan
    return frame.assign(level=np.abs(base[:, 0]), percent=random.uniform(0, 100, n).round(1))


def nearly(random, n):
    """Relations that almost hold, and ranges that almost meet: nothing to hold fresh rows to."""
    start = random.normal(100, 10, n)
    grade = random.choice(list("abcd"), n)
    return pd.DataFrame(
        {
            "start": start,
            "end": start + random.normal(8, 2, n),
            "young": random.normal(30, 5, n),
            "old": random.normal(60, 5, n),
            "grade": grade,
            "group": np.where(random.random(n) < 0.001, "x", np.char.upper(grade.astype(str))),
            "money": np.where(random.random(n) < 0.0005, 0.5, 0.0) + random.integers(0, 1000, n),
        }
    )


def dates(random, n):
    """Make times, text of dates, durations."""
    born = pd.Timestamp("1940-01-01") + pd.to_timedelta(random.integers(0, 60 * 365, n), unit="D")
    return pd.DataFrame(
        {
            "born": born,
            "text": born.strftime("%Y-%m-%d"),
            "took": pd.to_timedelta(random.exponential(60, n), unit="s"),
            "weekday": born.day_name(),
        }
    )


def mixed(random, n):
    """Mix a little of everything, with missing cells."""
    frame = pd.concat(
        [measures(random, n).iloc[:, :4], counts(random, n).iloc[:, :3], people(random, n).iloc[:, 1:4]], axis=1
    )
    for name in frame.columns[::2]:
        frame[name] = frame[name].astype(object).where(random.random(n) > 0.03, None).infer_objects()
    return frame


GENERATORS = (measures, counts, people, orders, codes, clicks, sensors, nearly, dates, mixed)
