//! A set of plugins: those that refused a pod.

use crate::policy::placement::Refusal;
use crate::policy::placement::kube_scheduler::Plugin;

/// A set of plugins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Plugins(u16);

/// The plugins that filter, in the order of their bits.
const FILTERS: [Plugin; 11] = [
    Plugin::NodeUnschedulable,
    Plugin::NodeName,
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodePorts,
    Plugin::NodeResourcesFit,
    Plugin::VolumeRestrictions,
    Plugin::NodeVolumeLimits,
    Plugin::VolumeBinding,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];

impl Plugins {
    pub(super) const ALL: Self = Self(u16::MAX);

    pub(super) fn of(plugins: &[Plugin]) -> Self {
        Self(plugins.iter().fold(0, |set, &plugin| set | 1 << plugin as u16))
    }

    /// Those that refused a pod; none if there was no node to ask, which the scheduler takes for an error.
    pub(super) fn of_refusal(refusal: &Refusal) -> Self {
        let Refusal::Diagnosed(diagnosis) = refusal else {
            return Self::default();
        };
        if diagnosis.nodes == 0 {
            return Self::default();
        }
        let refused = diagnosis.refused.iter().map(|(_, status)| status.plugin);
        let mut plugins: Self = refused
            .chain(diagnosis.before.as_ref().map(|status| status.plugin))
            .fold(Self::default(), |set, plugin| set.with(Self::of(&[plugin])));
        if diagnosis.others.is_some() {
            plugins = plugins.with(Self::of(&[Plugin::NodeAffinity]));
        }
        plugins
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(super) const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Plugin> {
        let in_set = move |plugin: &Plugin| self.0 & (1 << *plugin as u16) != 0;
        FILTERS.into_iter().filter(in_set)
    }
}
