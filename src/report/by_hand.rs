//! What a person had to do, in a sentence, for the terminal and the page.
//!
//! Knows: counts of steps. Must not know: where they are shown, or what makes a step one.

use super::format::number;
use super::summary::Intervals;
use crate::sim::outcome::Outcome;

/// `By hand: 9 steps: 8 changes of how many containers there are, 1 machine mended`; nothing where there can be no step.
#[must_use]
pub(super) fn told(outcome: &Outcome, intervals: Option<&Intervals>) -> Option<String> {
    if outcome.by_hand.is_empty() {
        return None;
    }
    let mean = |steps: &str, count: u64| {
        let estimate = intervals.and_then(|all| all.get("by_hand", steps, "steps"));
        estimate.map_or(count as f64, |estimate| estimate.mean)
    };
    let all = mean("all", outcome.steps_by_hand());
    let each: Vec<String> = outcome
        .by_hand
        .iter()
        .map(|steps| (steps, mean(&steps.step, steps.count)))
        .filter(|&(_, count)| count > 0.0)
        .map(|(steps, count)| words(&steps.step, count))
        .collect();
    Some(match each.as_slice() {
        [] => "By hand: nothing".to_owned(),
        [one] => format!("By hand: {one}"),
        several => format!("By hand: {} steps: {}", number(all), several.join(", ")),
    })
}

fn words(step: &str, count: f64) -> String {
    let (one, many) = match step {
        "bring_up" => ("host brought up", "hosts brought up"),
        "scale" => (
            "change of how many containers there are",
            "changes of how many containers there are",
        ),
        "start_again" => (
            "start of what had ended for good",
            "starts of what had ended for good",
        ),
        "mend_machine" => ("machine mended", "machines mended"),
        "delete_pods" => ("deletion of pods", "deletions of pods"),
        other => (other, other),
    };
    let is_one = (count - 1.0).abs() < 1e-9;
    format!("{} {}", number(count), if is_one { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::sim::outcome::StepsByHand;

    /// Were there no difference between "nothing to do" and "nobody there", Kubernetes would look like a host that nobody
    /// looks after.
    #[test]
    fn steps_are_told_and_their_absence_too() {
        let mut outcome = sample::outcome();
        assert_eq!(told(&outcome, None), None);
        let step = |step: &str, count| StepsByHand {
            step: step.into(),
            count,
        };
        outcome.by_hand = vec![step("scale", 0), step("mend_machine", 0)];
        assert_eq!(told(&outcome, None).as_deref(), Some("By hand: nothing"));
        outcome.by_hand[1].count = 1;
        assert_eq!(told(&outcome, None).as_deref(), Some("By hand: 1 machine mended"));
        outcome.by_hand[0].count = 8;
        let both = "By hand: 9 steps: 8 changes of how many containers there are, 1 machine mended";
        assert_eq!(told(&outcome, None).as_deref(), Some(both));
    }
}
