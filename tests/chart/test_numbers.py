"""Prices, changes and volumes as text, and the levels of an axis."""
# ruff: noqa: E501 - scripts for the page, and rows of a table, read best on one line

import pytest


@pytest.fixture
def numbers(modules):
    return modules("numbers")


def levels(numbers, table, **options):
    script = "({levels}, rows, options) => rows.map((row) => levels(row[0] ?? NaN, row[1], row[2], options))"
    return numbers.evaluate(script, table, options)


def test_a_price_has_the_decimals_of_its_tick(numbers):
    table = [
        (0.01, 64012.5, "64,012.50"),
        (0.25, 5_812.75, "5,812.75"),
        (0.25, 5_812.8, "5,812.80"),  # not on a tick, and shown all the same
        (0.5, 64_012.5, "64,012.5"),
        (1 / 32, 110 + 17 / 32, "110.53125"),
        (5, 38_455, "38,455"),
        (1e-8, 0.00001234, "0.00001234"),
        (1e-12, 1e-12, "0.000000000001"),
        (1, 1e12, "1,000,000,000,000"),
        (0.01, -37.63, "−37.63"),
        (0.01, -0.001, "0.00"),
        (0.01, None, "–"),
    ]
    script = "({PriceFormat}, rows) => rows.map(([tick, v]) => new PriceFormat(tick).text(v))"
    assert numbers.evaluate(script, table) == [shown for *_, shown in table]


def test_no_number_is_a_dash(numbers):
    script = """({PriceFormat}) => {
      const format = new PriceFormat(0.5);
      return [NaN, null, undefined, Infinity].map((v) => [format.text(v), format.percent(v), format.volume(v), format.level(v, 1)].join(""));
    }"""
    assert numbers.evaluate(script) == ["––––"] * 4


def test_decimals_are_learned_and_never_forgotten(numbers):
    script = """({PriceFormat}) => {
      const format = new PriceFormat(null);
      const seen = [format.text(0.00012)];
      for (const prices of [[1, 2], [0.1 + 0.2, NaN], [3.25, 7], [100]]) {
        format.learn(Float64Array.from(prices), 0, prices.length);
        seen.push(format.text(1234.5));
      }
      format.learn([0.5, 0.123456, 0.5], 2, 3);
      return [...seen, format.text(1)];
    }"""
    seen = numbers.evaluate(script)
    # Nothing learned yet, a value has as many as it needs.
    assert seen == ["0.00012", "1,235", "1,234.5", "1,234.50", "1,234.50", "1.00"]


@pytest.mark.parametrize("tick", [0, -1, None])
def test_without_a_tick_size_prices_teach_it(numbers, tick):
    script = """({PriceFormat}, tick) => {
      const format = new PriceFormat(tick);
      format.learn([1.125], 0, 1);
      return format.text(2);
    }"""
    assert numbers.evaluate(script, tick) == "2.000"


def test_a_known_tick_is_not_unlearned(numbers):
    script = """({PriceFormat}) => {
      const format = new PriceFormat(0.5);
      format.learn([1.123456], 0, 1);
      return format.text(2);
    }"""
    assert numbers.evaluate(script) == "2.0"


def test_prices_of_any_decimals_are_shown_as_they_are(numbers):
    script = """({PriceFormat}) => {
      let seed = 7;
      const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const wrong = [];
      for (let i = 0; i < 5000; i++) {
        const decimals = Math.floor(random() * 13);
        const whole = Math.floor(random() * 10 ** (1 + Math.floor(random() * 9)));
        const price = Number(`${whole}e-${decimals}`);
        // The same price by way of sums, which carry noise.
        for (const noisy of [price, price * 1.1 / 1.1, price + price / 3 - price / 3]) {
          const format = new PriceFormat(null);
          format.learn([noisy], 0, 1);
          const shown = format.text(noisy).replaceAll(",", "");
          if (Number(shown) !== price || /\\.\\d*0$/.test(shown) || shown.length > 24) wrong.push([noisy, shown]);
        }
      }
      return wrong.slice(0, 5);
    }"""
    assert numbers.evaluate(script) == []


def test_a_change_says_its_way(numbers):
    script = (
        "({PriceFormat}, values) => values.map((value) => new PriceFormat(0.01).percent(value))"
    )
    values = [1.25, -0.4, 0, 0.004, -0.004, 1234.5]
    assert numbers.evaluate(script, values) == [
        "+1.25 %",
        "−0.40 %",
        "0.00 %",
        "0.00 %",
        "0.00 %",
        "+1,234.50 %",
    ]


def test_a_volume_has_three_digits(numbers):
    table = [
        (12_500, "12.5 K"),
        (1.2e6, "1.20 M"),
        (0.00052, "0.00052"),
        (0, "0"),
        (5, "5"),
        (1.5, "1.5"),
        (999.4, "999"),
        (999.6, "1.00 K"),
        (999_999, "1.00 M"),
        (3.456e9, "3.46 B"),
        (2.5e15, "2,500 T"),
        (-30_000, "−30.0 K"),
        (1e-12, "0.000000000001"),
    ]
    script = "({PriceFormat}, rows) => rows.map(([v]) => new PriceFormat(0.01).volume(v))"
    assert numbers.evaluate(script, table) == [shown for _, shown in table]


def test_a_levels_label_tells_it_from_the_next(numbers):
    table = [
        (64_000, 500, "64,000"),
        (64_012.3, 0.1, "64,012.3"),
        (64_012.3, 64_012.3 - 64_012.2, "64,012.3"),
        (100.25, 0.25, "100.25"),
        (0, 0.3 - 0.2, "0.0"),
        (2e-9, 1e-9, "0.000000002"),
        (-0.5, 0.5, "−0.5"),
        (110.03125, 1 / 32, "110.03125"),
        (7.25, 0, "7.25"),
    ]
    script = "({PriceFormat}, rows) => rows.map(([v, d]) => new PriceFormat(0.01).level(v, d))"
    assert numbers.evaluate(script, table) == [shown for *_, shown in table]


def test_levels_are_round(numbers):
    table = [
        (63_987, 64_102, 7, [64_000, 64_020, 64_040, 64_060, 64_080, 64_100]),
        (-1, 1, 5, [-1, -0.5, 0, 0.5, 1]),
        (0.1, 0.3, 3, [0.1, 0.2, 0.3]),
        (1e-12, 9e-12, 6, [2e-12, 4e-12, 6e-12, 8e-12]),
        (1e12, 1e12 + 4, 5, [1e12, 1e12 + 1, 1e12 + 2, 1e12 + 3, 1e12 + 4]),
        (3, 3, 5, [3]),
        (None, 3, 5, []),
        (1, 3, 0, []),
        (3, 1, 3, [1, 2, 3]),
    ]
    assert levels(numbers, table) == [found for *_, found in table]


def test_logarithmic_levels_go_by_decades_when_wide(numbers):
    table = [
        (1, 100, 8, [1, 2, 5, 10, 20, 50, 100]),
        (0.5, 20, 10, [0.5, 1, 2, 5, 10, 20]),
        (1, 10_000, 6, [1, 10, 100, 1_000, 10_000]),
        (1e-8, 1e8, 8, [1e-6, 1e-3, 1, 1e3, 1e6]),
        (100, 250, 4, [100, 150, 200, 250]),  # narrow: even
        (-5, 5, 3, [-5, 0, 5]),  # no logarithm
    ]
    assert levels(numbers, table, log=True) == [found for *_, found in table]


@pytest.mark.parametrize("log", [False, True])
def test_levels_lie_inside_evenly_and_are_about_as_many_as_asked(numbers, log):
    script = """({levels}, log) => {
      let seed = 7;
      const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const wrong = [];
      for (let i = 0; i < 20_000; i++) {
        const sign = log || random() < 0.7 ? 1 : -1;
        const low = sign * 10 ** (24 * random() - 12);
        const high = low + Math.abs(low) * 10 ** (12 * random() - 8);
        const most = 2 + Math.floor(random() * 12);
        const found = levels(low, high, most, { log });
        const bad = (what) => wrong.push([what, low, high, most, found]);
        if (found.length > most) bad("many");
        if (found.length < (log ? Math.min(2, most / 5 - 1) : Math.floor(most / 2.5) - 1)) bad("few");
        if (found.some((level) => !(level >= low && level <= high))) bad("outside");
        const steps = found.slice(1).map((level, k) => level - found[k]);
        if (steps.some((step) => !(step > 0))) bad("order");
        if (!log && steps.some((step) => Math.abs(step - steps[0]) > 1e-6 * steps[0] + 4e-16 * Math.max(Math.abs(low), Math.abs(high)))) bad("uneven");
      }
      return wrong.slice(0, 3);
    }"""
    assert numbers.evaluate(script, log) == []
