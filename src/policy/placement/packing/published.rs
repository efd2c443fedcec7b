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
    /// Whether the tables have it.
    pub in_tables: bool,
}

/// Whether the tables have a column of this name, or one of its form, that is not offered: weights that change while items
/// are packed, and families beyond best and worst fit.
#[must_use]
pub fn is_not_offered(name: &str) -> bool {
    let families = ["BFD-T3-", "WFD-", "BFDm-", "WFDm-", "BCS-", "Pairing-"];
    let fits = ["FFD-", "BF-", "WF-", "BFD-T1-", "BFD-T2-"];
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    begins(&families) || (begins(&fits) && (name.ends_with("-Dyn") || name.ends_with("-UtilRatio")))
}

/// Every name that is understood, those of the tables first.
#[must_use]
pub fn names() -> Vec<Named> {
    let mut all = vec![named("FF", "first_fit", &json!({}), true)];
    for measure in Measure::ALL {
        for weights in Weights::ALL {
            let parameters = json!({"measure": measure, "weights": weights});
            let name = format!("FFD-{}-{}", measure.published(), weights.published());
            let in_tables = matches!(measure, Measure::L1 | Measure::L2 | Measure::Linf);
            all.push(named(&name, "first_fit_decreasing", &parameters, in_tables));
        }
    }
    let not_reciprocal = |weights| weights != Weights::ReciprocAvg;
    let not_unit = |weights| weights != Weights::Unit;
    let has_measure = |measure| BinMeasure::ALL[..4].contains(&measure);
    type Has = fn(Weights) -> bool;
    let families: [(_, _, _, Has); 4] = [
        ("BF", "best_fit", None, not_reciprocal),
        ("WF", "worst_fit", None, not_reciprocal),
        ("BFD-T1", "best_fit_decreasing", Some(Refresh::Touched), |_| true),
        ("BFD-T2", "best_fit_decreasing", Some(Refresh::All), not_unit),
    ];
    for (prefix, policy, refresh, has) in families {
        for measure in BinMeasure::ALL {
            for weights in Weights::ALL {
                let mut parameters = json!({"measure": measure, "weights": weights});
                if let Some(refresh) = refresh {
                    parameters["refresh"] = json!(refresh);
                }
                let name = format!("{prefix}-{}-{}", measure.published(), weights.published());
                let in_tables = has_measure(measure) && has(weights);
                all.push(named(&name, policy, &parameters, in_tables));
            }
        }
    }
    all.sort_by_key(|named| !named.in_tables);
    all
}

fn named(name: &str, policy: &'static str, parameters: &Value, in_tables: bool) -> Named {
    Named {
        name: name.to_owned(),
        policy,
        parameters: parameters.clone(),
        in_tables,
    }
}
