//! Laws of times as the vectors write them: objects with a `dist`, or words such as `erlang k=2` with a mean and a
//! squared coefficient of variation.
//!
//! Knows: the vectors' names of laws. Must not know: what a law is used for.

use serde_json::Value;
use tonnage::stats::Distribution;

/// The law an object describes; `None` if it is not one Tonnage has.
pub(super) fn of_object(object: &Value) -> Option<Distribution> {
    let number = |name: &str| object[name].as_f64();
    let mean = number("mean")
        .or_else(|| number("value"))
        .or_else(|| number("rate").map(|rate| 1.0 / rate));
    let phases = [("p1", "rate1"), ("p2", "rate2")].map(|(p, rate)| (number(p), number(rate)));
    let law = match object["dist"].as_str()? {
        "uniform" if number("low").is_some() => Distribution::uniform(number("low")?, number("high")?),
        "hyperexp2" | "hyperexponential" if phases[0].0.is_some() => {
            let (p1, rate1) = (phases[0].0?, phases[0].1?);
            let (p2, rate2) = (phases[1].0.unwrap_or(1.0 - p1), phases[1].1?);
            Distribution::hyperexponential(&[(p1, 1.0 / rate1), (p2, 1.0 / rate2)])
        }
        "weibull" if number("shape").is_some() && number("scale").is_some() => {
            Distribution::weibull(number("shape")?, number("scale")?)
        }
        "gamma" if number("shape").is_some() => {
            let shape = number("shape")?;
            Distribution::gamma(shape, number("scale").or_else(|| mean.map(|mean| mean / shape))?)
        }
        "pareto" => Distribution::pareto_mean(number("alpha")?, mean?),
        "lognormal" if number("mu").is_some() => {
            Distribution::lognormal(number("mu")?.exp(), number("sigma")?)
        }
        name => return of_name(name, mean?, number("scv"), object["k"].as_u64()),
    };
    law.ok()
}

/// The law called `words` with `mean` and, where the words leave it open, `scv`.
pub(super) fn of_words(words: &str, mean: f64, scv: Option<f64>) -> Option<Distribution> {
    let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
    let phases = match rest.trim() {
        "" => None,
        rest => Some(rest.strip_prefix("k=")?.parse().ok()?),
    };
    of_name(name, mean, scv, phases)
}

fn of_name(name: &str, mean: f64, scv: Option<f64>, phases: Option<u64>) -> Option<Distribution> {
    let cv = scv.map(f64::sqrt);
    let law = match name {
        "deterministic" | "constant" => Distribution::constant(mean),
        "exponential" => Distribution::exponential(mean),
        "erlang" => {
            let phases = phases.or_else(|| scv.map(|scv| (1.0 / scv).round() as u64))?;
            Distribution::erlang(u32::try_from(phases).ok()?, mean)
        }
        "uniform" => {
            let half = cv? * 3.0_f64.sqrt() * mean;
            Distribution::uniform(mean - half, mean + half)
        }
        "lognormal" => Distribution::lognormal_mean_cv(mean, cv?),
        "gamma" => Distribution::gamma_mean_cv(mean, cv?),
        "weibull" => Distribution::weibull_mean_cv(mean, cv?),
        "hyperexp2" | "hyperexponential" => Distribution::hyperexponential_mean_cv(mean, cv?),
        _ => return None,
    };
    law.ok()
}

mod tests {
    use super::{of_object, of_words};
    use serde_json::json;
    use tonnage::stats::Distribution;

    #[test]
    fn laws_are_read_in_every_spelling() {
        let scv = |law: &Distribution| law.variance() / law.mean().powi(2);
        let two_rates = json!({"dist": "hyperexp2", "mean": 1, "scv": 4, "p1": 0.8872983346207417, "rate1": 1.7745966692414834, "rate2": 0.22540333075851662});
        let by_moments = json!({"dist": "hyperexp2", "mean": 1, "scv": 4});
        for object in [two_rates, by_moments] {
            let law = of_object(&object).unwrap();
            assert!(
                (law.mean() - 1.0).abs() < 1e-9 && (scv(&law) - 4.0).abs() < 1e-9,
                "{law:?}"
            );
        }
        let uniform = of_object(&json!({"dist": "uniform", "mean": 1, "low": 0.5, "high": 1.5}));
        assert_eq!(uniform, Distribution::uniform(0.5, 1.5).ok());
        assert_eq!(
            of_words("erlang k=2", 3.0, Some(0.5)),
            Distribution::erlang(2, 3.0).ok()
        );
        assert_eq!(
            of_words("exponential", 3.0, Some(1.0)),
            Distribution::exponential(3.0).ok()
        );
        assert_eq!(of_words("erlang k=two", 3.0, None), None);
        assert_eq!(of_object(&json!({"dist": "coxian", "mean": 1})), None);
    }
}
