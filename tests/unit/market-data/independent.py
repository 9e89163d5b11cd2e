"""Works out the figures of the shipped series a second time, from the raw CSV files and with nothing but Python's
standard library. Its output is committed as independent.json:

    python3 tests/unit/market-data/independent.py > tests/unit/market-data/independent.json
"""
import csv
import json
import math
import statistics
from datetime import date, datetime
from pathlib import Path

DATA = Path(__file__).parents[3] / "node_modules" / "vega-datasets" / "data"


def read(name, price, symbol=None):
    with open(DATA / name, newline="") as file:
        rows = [row for row in csv.DictReader(file) if symbol is None or row["symbol"] == symbol]
    return [(parse(row["date"]), float(row[price])) for row in rows]


def parse(text):
    return datetime.strptime(text, "%b %d %Y").date() if text[0].isalpha() else date.fromisoformat(text)


def figures(rows, periods):
    prices = [price for _, price in rows]
    simple = [b / a - 1 for a, b in zip(prices, prices[1:])]
    logs = [math.log(b) - math.log(a) for a, b in zip(prices, prices[1:])]
    years = (rows[-1][0] - rows[0][0]).days / 365.25
    depth = min(price / max(prices[: index + 1]) - 1 for index, price in enumerate(prices))
    best = max(range(len(simple)), key=simple.__getitem__)
    worst = min(range(len(simple)), key=simple.__getitem__)
    return {
        "cagr": math.exp(math.log(prices[-1] / prices[0]) / years) - 1,
        "volatility": statistics.stdev(logs) * math.sqrt(periods),
        "sharpe": statistics.fmean(simple) / statistics.stdev(simple) * math.sqrt(periods),
        "drawdown": depth,
        "best": [str(rows[best + 1][0]), simple[best]],
        "worst": [str(rows[worst + 1][0]), simple[worst]],
        "rsi": wilder(prices, 14),
        "sma_slow": statistics.fmean(prices[-(200 if periods == 252 else 10) :]),
        "ema": ema(prices, 20 if periods == 252 else 6),
    }


def wilder(prices, period):
    changes = [b - a for a, b in zip(prices, prices[1:])]
    gain = statistics.fmean(max(c, 0) for c in changes[:period])
    loss = statistics.fmean(max(-c, 0) for c in changes[:period])
    for change in changes[period:]:
        gain = (gain * (period - 1) + max(change, 0)) / period
        loss = (loss * (period - 1) + max(-change, 0)) / period
    return 100 * gain / (gain + loss)


def ema(prices, window):
    value = statistics.fmean(prices[:window])
    for price in prices[window:]:
        value = price * 2 / (window + 1) + value * (1 - 2 / (window + 1))
    return value


def monthly(rows):
    return {str(day)[:7]: price for day, price in rows}


def correlate(left, right):
    months = sorted(set(left) & set(right))
    returns = lambda prices: [math.log(prices[b] / prices[a]) for a, b in zip(months, months[1:])]
    return [statistics.correlation(returns(left), returns(right)), len(months) - 1]


stocks = {symbol: read("stocks.csv", "price", symbol) for symbol in ["MSFT", "AMZN", "IBM", "GOOG", "AAPL"]}
daily = read("sp500-2000.csv", "close")
index = read("sp500.csv", "price")
everything = {"sp500-2000": figures(daily, 252), "sp500": figures(index, 12), **{key: figures(rows, 12) for key, rows in stocks.items()}}
pairs = {
    "sp500-2000/sp500": correlate(monthly(daily), monthly(index)),
    "MSFT/AAPL": correlate(monthly(stocks["MSFT"]), monthly(stocks["AAPL"])),
    "IBM/GOOG": correlate(monthly(stocks["IBM"]), monthly(stocks["GOOG"])),
}
with open(DATA / "weather.csv", newline="") as file:
    places = {}
    for row in csv.DictReader(file):
        fahrenheit = (float(row["temp_max"]) + float(row["temp_min"])) / 2 * 9 / 5 + 32
        place = places.setdefault(row["location"], {"hdd": [], "cdd": []})
        place["hdd"].append(max(0.0, 65 - fahrenheit))
        place["cdd"].append(max(0.0, fahrenheit - 65))
weather = {name: {kind: math.fsum(values) for kind, values in place.items()} for name, place in places.items()}
print(json.dumps({"series": everything, "correlations": pairs, "weather": weather}, indent=1))
