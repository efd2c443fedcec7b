//! Thresholds as arguments: `cpu=20,memory=20,pods=20`.

use super::Failure;
use crate::input::{list_names, nearest};
use crate::platform::kubernetes::descheduler::Thresholds;
use crate::sim::standing::Standing;
use std::collections::BTreeMap;
use std::fmt;

/// A resource and its percentage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Percentages(String, f64);

impl fmt::Display for Percentages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.1)
    }
}

/// `cpu=20`: a resource and 0 to 100 percent.
pub(super) fn percentage(text: &str) -> Result<Percentages, String> {
    let Some((name, percent)) = text.split_once('=') else {
        return Err("expected a resource and a percentage, such as cpu=20".to_owned());
    };
    let number = percent.trim().trim_end_matches('%').parse::<f64>().ok();
    match number.filter(|number| (0.0..=100.0).contains(number)) {
        Some(number) => Ok(Percentages(name.trim().to_owned(), number)),
        None => Err(format!("`{percent}` is no percentage from 0 to 100")),
    }
}

/// What was asked for; `None` if nothing was.
pub(super) fn read(
    option: &str,
    asked: &[Percentages],
    standing: &Standing,
) -> Result<Option<Thresholds>, Failure> {
    let own = ["cpu", "memory", "pods", "ephemeral-storage"].map(str::to_owned);
    let known: Vec<String> = own.into_iter().chain(standing.extended()).collect();
    let mut all = BTreeMap::new();
    for Percentages(name, percent) in asked {
        if !known.contains(name) {
            let failure = Failure::usage(format!("{option}: no resource of the state is named `{name}`"));
            let names = || known.iter().map(String::as_str);
            return Err(failure.help(Some(match nearest(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are: {}", list_names(names())),
            })));
        }
        if all.insert(name.clone(), *percent).is_some() {
            return Err(Failure::usage(format!("{option}: `{name}` is given twice")));
        }
    }
    Ok((!asked.is_empty()).then(|| Thresholds::new(all)))
}

/// Both must be of the same resources, and no threshold above its target: the descheduler refuses anything else.
pub(super) fn agree(thresholds: &Thresholds, targets: &Thresholds) -> Result<(), Failure> {
    let names = |thresholds: &Thresholds| -> Vec<String> {
        thresholds.iter().map(|(name, _)| name.to_owned()).collect()
    };
    if names(thresholds) != names(targets) {
        let failure = Failure::usage(format!(
            "--thresholds are of {}, --target-thresholds of {}",
            names(thresholds).join(", "),
            names(targets).join(", ")
        ));
        return Err(failure.help(Some("name the same resources in both")));
    }
    for (name, threshold) in thresholds.iter() {
        if let Some(target) = targets.get(name).filter(|&target| threshold > target) {
            let failure = Failure::usage(format!(
                "--thresholds: {name} is {threshold}, above its target of {target}"
            ));
            return Err(failure.help(Some("raise --target-thresholds, or lower this")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Percentages, agree, percentage};
    use crate::platform::kubernetes::descheduler::Thresholds;

    #[test]
    fn a_percentage_is_a_resource_and_a_number_to_100() {
        let cpu = |percent| Ok(Percentages("cpu".to_owned(), percent));
        assert_eq!(percentage("cpu=20"), cpu(20.0));
        assert_eq!(percentage("cpu=12.5%"), cpu(12.5));
        for wrong in ["cpu", "cpu=", "cpu=-1", "cpu=101", "cpu=NaN", "20"] {
            assert!(percentage(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_threshold_above_its_target_is_refused() {
        let basic = Thresholds::basic;
        assert!(agree(&basic(20.0), &basic(50.0)).is_ok());
        assert!(agree(&basic(50.0), &basic(20.0)).is_err());
        let only_cpu = Thresholds::new([("cpu".to_owned(), 60.0)].into());
        assert!(agree(&basic(20.0), &only_cpu).is_err(), "of other resources");
    }
}
