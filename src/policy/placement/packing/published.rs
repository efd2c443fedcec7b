//! The names of the published results: `FFD-L1-Unit`, `BFD-T2-L2Load-Avg`.
//!
//! Knows the columns of the tables of Mommessin, Erlebach and Shakhlevich (2024) and which heuristic with which parameters
//! each of them is. Names of the same form for measures the tables do not have (`FFD-Product-Unit`) are understood too.

use super::{BinMeasure, Measure, Refresh, Weights};
use serde_json::{Value, json};

/// A heuristic by the name of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The column.
    pub name: String,
    /// The catalog's name for the heuristic.
    pub policy: &'static str,
    /// Its parameters.
    pub parameters: Value,
}

/// Every name that is understood, those of the tables first.
#[must_use]
pub fn names() -> Vec<Named> {
    let mut all = vec![named("FF", "first_fit", &json!({}))];
    for measure in Measure::ALL {
        for weights in Weights::ALL {
            let parameters = json!({"measure": measure, "weights": weights});
            let name = format!("FFD-{}-{}", measure.published(), weights.published());
            all.push(named(&name, "first_fit_decreasing", &parameters));
        }
    }
    for (prefix, policy, refresh) in [
        ("BF", "best_fit", None),
        ("WF", "worst_fit", None),
        ("BFD-T1", "best_fit_decreasing", Some(Refresh::Touched)),
        ("BFD-T2", "best_fit_decreasing", Some(Refresh::All)),
    ] {
        for measure in BinMeasure::ALL {
            for weights in Weights::ALL {
                let mut parameters = json!({"measure": measure, "weights": weights});
                if let Some(refresh) = refresh {
                    parameters["refresh"] = json!(refresh);
                }
                let name = format!("{prefix}-{}-{}", measure.published(), weights.published());
                all.push(named(&name, policy, &parameters));
            }
        }
    }
    all
}

fn named(name: &str, policy: &'static str, parameters: &Value) -> Named {
    Named {
        name: name.to_owned(),
        policy,
        parameters: parameters.clone(),
    }
}
