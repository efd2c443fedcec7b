//! A rule of the house, asked of the machines of a fleet.

use super::{Ask, FleetChooser};
use crate::engine::Stream;
use crate::model::fleet::{DIMENSIONS, Fleet};
use crate::model::gpu::{Taken, TaskClass};
use crate::policy::placement::{Bin, Bins, Gpus, Hosts, Need, Rule};

/// What machines are counted in, as rules know it.
const NAMES: [&str; DIMENSIONS] = ["cpu", "memory", "nvidia.com/gpu"];

/// The machine that a rule chooses.
#[derive(Debug)]
pub struct ByRule {
    rule: Box<dyn Rule>,
    /// The most that any machine has of each.
    largest: [u64; DIMENSIONS],
    names: Vec<String>,
}

impl ByRule {
    /// Over these machines.
    #[must_use]
    pub fn new(fleet: &Fleet, rule: Box<dyn Rule>) -> Self {
        let mut largest = [0; DIMENSIONS];
        for machine in 0..fleet.len() {
            for (most, has) in largest.iter_mut().zip(fleet.capacity(machine)) {
                *most = (*most).max(*has);
            }
        }
        Self {
            rule,
            largest,
            // Machines never change places: their numbers tell them apart.
            names: (0..fleet.len()).map(|machine| machine.to_string()).collect(),
        }
    }
}

struct Machines<'a, 'b> {
    ask: &'a Ask<'b>,
    largest: &'a [u64; DIMENSIONS],
    names: &'a [String],
}

impl Machines<'_, '_> {
    fn bin(&self, machine: usize) -> Bin<'_> {
        let fleet = self.ask.fleet;
        Bin {
            names: &NAMES,
            capacity: fleet.capacity(machine),
            free: fleet.free(machine),
            largest: self.largest,
            pods: fleet.pods(machine),
            alike: (self.ask.alike)(machine),
            gpus: Gpus {
                idle: fleet.idle(machine),
                hosts: hosts(fleet.hosts(machine)),
            },
        }
    }
}

fn hosts(bits: u32) -> Hosts {
    let mut hosts = Hosts::default();
    let classes = (0..u32::BITS as u16).filter(|bit| bits >> bit & 1 == 1);
    classes.for_each(|bit| {
        hosts.add(if bit == 0 {
            TaskClass::Share
        } else {
            TaskClass::Whole(bit)
        })
    });
    hosts
}

impl Bins for Machines<'_, '_> {
    fn count(&self) -> usize {
        self.ask.fleet.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        self.ask.takes(place).then(|| self.bin(place))
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
            largest: &self.largest,
            names: &self.names,
        };
        let machine = self.rule.choose(&mut machines, &need, stream)?;
        let devices = self.rule.devices(&machines.bin(machine), &need, stream);
        Some((machine, devices))
    }
}
