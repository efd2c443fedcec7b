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

/// How often the policy of a workload looks: see [`Lowering::first_look`].
type Period<'a> = &'a dyn Fn(usize) -> Option<Option<Span>>;

/// The first looks that the file sets; those it does not set, chance draws.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstLooks {
    /// By workload.
    pub(super) pod_scaling: BTreeMap<usize, Span>,
    pub(super) pod_sizing: BTreeMap<usize, Span>,
    pub(super) pod_updating: BTreeMap<usize, Span>,
    pub(super) node_scaling: Option<Span>,
}

/// The first looks that the file sets for one workload's policies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfWorkload {
    pub(super) pod_scaling: Option<Span>,
    pub(super) pod_sizing: Option<Span>,
    pub(super) pod_updating: Option<Span>,
}

impl FirstLooks {
    /// Those of the workload `index`.
    pub(super) fn of(&self, index: usize) -> OfWorkload {
        OfWorkload {
            pod_scaling: self.pod_scaling.get(&index).copied(),
            pod_sizing: self.pod_sizing.get(&index).copied(),
            pod_updating: self.pod_updating.get(&index).copied(),
        }
    }
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
        let scaler = |index| deciders.pod_scaler_period(index);
        let learns = |index| Some(deciders.pod_sizer_clock(index).map(|clock| clock.recommend));
        let updates = |index| Some(deciders.pod_sizer_clock(index).and_then(|clock| clock.update));
        let mut of =
            |question, phases, period| self.by_workload_phases(&spot.at(question), names, phases, period);
        first.pod_scaling = of("pod_scaling", &phases.pod_scaling, &scaler);
        first.pod_sizing = of("pod_sizing", &phases.pod_sizing, &learns);
        first.pod_updating = of("pod_updating", &phases.pod_updating, &updates);
        if let Some(phase) = phases.node_scaling {
            self.first_look(&spot.at("node_scaling"), phase, deciders.node_scaler_period());
            first.node_scaling = Some(phase.span());
        }
        first
    }

    /// Checks the phases of the policies of workloads that look every `period`.
    fn by_workload_phases(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        phases: &BTreeMap<String, Duration>,
        period: Period<'_>,
    ) -> BTreeMap<usize, Span> {
        let mut first = BTreeMap::new();
        for (name, &phase) in phases {
            let below = spot.at(name);
            if let Some(index) = self.workload_index(&below, name, names, true) {
                self.first_look(&below, phase, period(index));
                first.insert(index, phase.span());
            }
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
