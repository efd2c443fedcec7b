//! A rule of the house, asked of the machines of a fleet.

use super::{Ask, FleetChooser};
use crate::engine::Stream;
use crate::model::fleet::{Fleet, NAMES};
use crate::model::gpu::Taken;
use crate::policy::placement::{Bin, Bins, Gpus, Hosts, Need, Rule};

/// The machine that a rule chooses.
#[derive(Debug)]
pub struct ByRule {
    rule: Box<dyn Rule>,
    names: Vec<String>,
}

impl ByRule {
    /// Over these machines.
    #[must_use]
    pub fn new(fleet: &Fleet, rule: Box<dyn Rule>) -> Self {
        Self {
            rule,
            // Machines never change places: their numbers tell them apart.
            names: (0..fleet.len()).map(|machine| machine.to_string()).collect(),
        }
    }
}

struct Machines<'a, 'b> {
    ask: &'a Ask<'b>,
    names: &'a [String],
}

/// A machine as rules see it, with so many pods on it of the kind that comes.
#[must_use]
pub fn bin(fleet: &Fleet, machine: usize, alike: u32) -> Bin<'_> {
    Bin {
        names: &NAMES,
        capacity: fleet.capacity(machine),
        free: fleet.free(machine),
        largest: fleet.largest(),
        pods: fleet.pods(machine),
        alike,
        gpus: Gpus {
            idle: fleet.idle(machine),
            hosts: Hosts::of_bits(fleet.hosts(machine)),
        },
    }
}

impl Bins for Machines<'_, '_> {
    fn count(&self) -> usize {
        self.ask.fleet.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        self.has_room(place)
            .then(|| bin(self.ask.fleet, place, (self.ask.alike)(place)))
    }

    fn has_room(&mut self, place: usize) -> bool {
        self.ask.takes(place)
    }

    fn name(&self, place: usize) -> &str {
        &self.names[place]
    }
}

impl FleetChooser for ByRule {
    fn choose(&mut self, ask: &Ask<'_>, stream: &mut Stream) -> Option<(usize, Taken)> {
        let request = ask.request;
        let need = Need {
            sizes: &[request.cpu_milli, request.memory_mib, request.gpus.total_milli()],
            gpus: request.gpus,
        };
        let mut machines = Machines {
            ask,
            names: &self.names,
        };
        let machine = self.rule.choose(&mut machines, &need, stream)?;
        let bin = bin(ask.fleet, machine, (ask.alike)(machine));
        let devices = self.rule.devices(&bin, &need, stream);
        Some((machine, devices))
    }
}
