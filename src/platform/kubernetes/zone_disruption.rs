//! How fast pods are evicted from silent nodes, by how much of a zone is silent.
//!
//! Source: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, `ComputeZoneState`, `handleDisruption`.

use std::collections::BTreeMap;

/// The state of a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZoneState {
    /// Not looked at yet.
    #[default]
    Initial,
    /// Most nodes answer.
    Normal,
    /// Many do not.
    PartialDisruption,
    /// None does.
    FullDisruption,
}

/// The controller's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoneRule {
    /// Nodes tainted a second.
    pub eviction_rate: f32,
    /// The same, in a large zone of which many nodes are silent.
    pub secondary_eviction_rate: f32,
    /// More nodes than this make a zone large.
    pub large_zone_nodes: usize,
    /// From this share of silent nodes on a zone is partly disrupted.
    pub unhealthy_share: f32,
}

impl Default for ZoneRule {
    fn default() -> Self {
        Self {
            eviction_rate: 0.1,
            secondary_eviction_rate: 0.01,
            large_zone_nodes: 50,
            unhealthy_share: 0.55,
        }
    }
}

/// The nodes of a zone at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneNodes {
    /// All of them.
    pub nodes: usize,
    /// Those not ready.
    pub not_ready: usize,
}

impl ZoneRule {
    fn state(&self, zone: ZoneNodes) -> ZoneState {
        let share = zone.not_ready as f32 / zone.nodes as f32;
        if zone.nodes == zone.not_ready && zone.nodes > 0 {
            ZoneState::FullDisruption
        } else if zone.not_ready > 2 && share >= self.unhealthy_share {
            ZoneState::PartialDisruption
        } else {
            ZoneState::Normal
        }
    }

    fn rate(&self, state: ZoneState, nodes: usize) -> f32 {
        match state {
            ZoneState::PartialDisruption if nodes > self.large_zone_nodes => self.secondary_eviction_rate,
            ZoneState::PartialDisruption => 0.0,
            _ => self.eviction_rate,
        }
    }
}

/// A zone as the controller has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Its state.
    pub state: ZoneState,
    /// Nodes of it that may be tainted a second.
    pub evictions_per_second: f32,
}

/// What a pass changes beside the zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Nothing.
    Usual,
    /// No node answers any more: the taints of all are taken off, nothing is evicted.
    IntoSilence,
    /// Some node answers again: every node is taken for heard of now.
    OutOfSilence,
}

/// One pass over all zones of the cluster, by name.
pub fn pass(
    zones: &mut BTreeMap<String, Zone>,
    rule: &ZoneRule,
    nodes: &BTreeMap<String, ZoneNodes>,
) -> Passage {
    zones.retain(|name, _| nodes.contains_key(name));
    for name in nodes.keys() {
        zones.entry(name.clone()).or_insert(Zone {
            state: ZoneState::Initial,
            evictions_per_second: rule.eviction_rate,
        });
    }
    let full = |state: ZoneState| state == ZoneState::FullDisruption;
    let was_silent = zones.values().all(|zone| full(zone.state));
    let is_silent = nodes.values().all(|&zone| full(rule.state(zone)));
    if is_silent && was_silent {
        return Passage::Usual;
    }
    for (name, zone) in zones.iter_mut() {
        let found = nodes[name];
        let state = rule.state(found);
        if is_silent {
            zone.evictions_per_second = 0.0;
        } else if was_silent || state != zone.state {
            // A zone whose state stays keeps its rate, even if it has grown large meanwhile.
            zone.evictions_per_second = rule.rate(state, found.nodes);
        }
        zone.state = state;
    }
    match (was_silent, is_silent) {
        (_, true) => Passage::IntoSilence,
        (true, false) => Passage::OutOfSilence,
        (false, false) => Passage::Usual,
    }
}
