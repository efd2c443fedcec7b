//! When those who decide at intervals look first.
//!
//! Knows: intervals, and a first look within them. Must not know: any policy.

use super::super::raw::Phases;
use super::super::spot::Spot;
use super::Lowering;
use super::policies::Deciders;
use crate::engine::Span;
use crate::model::units::Duration;
use std::collections::BTreeMap;

/// The first looks that the file sets; those it does not set, chance draws.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstLooks {
    /// By workload.
    pub(super) pod_scaling: BTreeMap<usize, Span>,
    pub(super) node_scaling: Option<Span>,
}

impl Lowering<'_> {
    /// Reads the phases at `spot` of the policies that were read.
    pub(super) fn phases(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        deciders: &Deciders,
    ) -> FirstLooks {
        let mut first = FirstLooks::default();
        let Some(phases) = self.read_or(spot, Phases::default()) else {
            return first;
        };
        for (name, &phase) in &phases.pod_scaling {
            let below = spot.at("pod_scaling").at(name);
            if let Some(index) = self.workload_index(&below, name, names, true) {
                self.first_look(&below, phase, deciders.pod_scaler_period(index));
                first.pod_scaling.insert(index, phase.span());
            }
        }
        if let Some(phase) = phases.node_scaling {
            self.first_look(&spot.at("node_scaling"), phase, deciders.node_scaler_period());
            first.node_scaling = Some(phase.span());
        }
        first
    }

    /// Checks a phase of a policy; `period` is unknown if the policy could not be read, and none if it has none.
    fn first_look(&mut self, spot: &Spot<'_>, phase: Duration, period: Option<Option<Span>>) {
        match period {
            Some(None) => {
                let error = spot.key_error("this policy does not look at intervals, so it has no phase");
                self.push(error.help("take the phase out"));
            }
            Some(Some(every)) => self.phase(spot, phase, every),
            None => {}
        }
    }

    /// Checks a first look of somebody who looks every so often.
    pub(super) fn phase(&mut self, spot: &Spot<'_>, phase: Duration, every: Span) {
        if phase.span() >= every {
            let every = Duration::from(every);
            let error = spot.error(format!(
                "a phase of {phase} is not within the interval of {every}"
            ));
            self.push(
                error.help("the phase is the time of the first look; leave it out for one drawn by chance"),
            );
        }
    }
}
