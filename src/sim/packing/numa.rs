//! Virtual machines onto machines with NUMA cells, one after the other, in the order in which they were asked for.

use crate::engine::StreamKey;
use crate::model::numa::{Cell, Groups, NumaFleet, NumaMachine, Open, VirtualMachine};
use crate::policy::placement::{Bin, Bins, Gpus, Need, Rule};

const NAMES: [&str; 2] = ["cpu", "memory"];

/// Machines and the virtual machines that come to them.
#[derive(Clone, Debug)]
pub struct NumaPacking {
    /// The machines.
    pub machines: Vec<NumaMachine>,
    /// The virtual machines, in the order in which they come.
    pub vms: Vec<VirtualMachine>,
}

/// What came of them under one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumaOutcome {
    /// Those that found a machine.
    pub placed: u64,
    /// Those that no machine had room for, its cells taken as one.
    pub refused_full: u64,
    /// Those that machines had room for, but not in single cells.
    pub refused_cells: u64,
    /// Those that cells had room for, but only where their group may not be.
    pub refused_group: u64,
    /// Machines that host any.
    pub used_machines: u64,
    /// CPUs of all machines, those in use, and free ones in cells where no kind of virtual machine fits.
    pub cpu: Amounts,
    /// The same of memory, GiB.
    pub memory_gib: Amounts,
    /// By machine, how full each of its cells is, 0 to 1: the fuller of its CPU and its memory.
    pub cells: Vec<Vec<f64>>,
}

/// One resource of all machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// What there is.
    pub all: u64,
    /// What is in use.
    pub used: u64,
    /// What is free and of no use to anyone in the list.
    pub stranded: u64,
}

/// The machines for one virtual machine.
struct Room<'a> {
    packing: &'a NumaPacking,
    fleet: &'a NumaFleet,
    open: Open<'a>,
    vm: &'a VirtualMachine,
}

impl Bins for Room<'_> {
    fn count(&self) -> usize {
        self.fleet.len()
    }

    fn with_room(&mut self, place: usize) -> Option<Bin<'_>> {
        self.has_room(place).then(|| Bin {
            names: &NAMES,
            capacity: self.fleet.capacity(place),
            free: self.fleet.free(place),
            largest: self.fleet.largest(),
            pods: self.fleet.hosted(place),
            alike: 0,
            gpus: Gpus::default(),
        })
    }

    fn has_room(&mut self, place: usize) -> bool {
        let rack = self.packing.machines[place].rack;
        self.fleet.fits(place, self.vm) && self.open.allows(place, rack)
    }

    fn name(&self, place: usize) -> &str {
        &self.packing.machines[place].name
    }
}

impl NumaPacking {
    /// Places them all by one rule; `None` if `told` said to stop. It is told now and then which share of them has come.
    #[must_use]
    pub fn run(&self, rule: &dyn Rule, seed: u64, mut told: impl FnMut(f64) -> bool) -> Option<NumaOutcome> {
        let mut rule = rule.clone_rule();
        let mut stream = StreamKey::new(seed, 0).stream("packing/placement");
        let (mut fleet, mut groups) = (NumaFleet::new(&self.machines), Groups::default());
        let mut outcome = NumaOutcome::default();
        for (count, vm) in self.vms.iter().enumerate() {
            if count % 256 == 0 && told(count as f64 / self.vms.len() as f64) {
                return None;
            }
            let sizes = [vm.cpu, vm.memory_gib];
            let need = Need {
                sizes: &sizes,
                gpus: crate::model::gpu::GpuRequest::NONE,
            };
            let mut room = Room {
                packing: self,
                fleet: &fleet,
                open: groups.open(&vm.company),
                vm,
            };
            let Some(place) = rule.choose(&mut room, &need, &mut stream) else {
                let machines = || 0..fleet.len();
                let refused = if machines().any(|machine| fleet.fits(machine, vm)) {
                    &mut outcome.refused_group
                } else if machines().any(|machine| fleet.fits_as_one(machine, vm)) {
                    &mut outcome.refused_cells
                } else {
                    &mut outcome.refused_full
                };
                *refused += 1;
                continue;
            };
            fleet.take(place, vm);
            groups.join(&vm.company, place, self.machines[place].rack);
            outcome.placed += 1;
        }
        self.measure(&fleet, &mut outcome);
        Some(outcome)
    }

    fn measure(&self, fleet: &NumaFleet, outcome: &mut NumaOutcome) {
        let mut kinds: Vec<Cell> = self.vms.iter().map(VirtualMachine::part).collect();
        kinds.sort_by_key(|part| (part.cpu, part.memory_gib));
        kinds.dedup();
        for machine in 0..fleet.len() {
            outcome.used_machines += u64::from(fleet.hosted(machine) > 0);
            let (all, free) = (fleet.capacity(machine), fleet.free(machine));
            for (index, amounts) in [&mut outcome.cpu, &mut outcome.memory_gib]
                .into_iter()
                .enumerate()
            {
                amounts.all += all[index];
                amounts.used += all[index] - free[index];
            }
            let whole = &self.machines[machine].cells;
            let cells = whole.iter().zip(fleet.cells(machine));
            outcome
                .cells
                .push(cells.map(|(all, free)| fullness(all, free)).collect());
            let useless = fleet
                .cells(machine)
                .iter()
                .filter(|cell| !kinds.iter().any(|part| cell.has(part)));
            for cell in useless {
                outcome.cpu.stranded += cell.cpu;
                outcome.memory_gib.stranded += cell.memory_gib;
            }
        }
    }
}

/// The larger share in use of CPU and memory.
fn fullness(all: &Cell, free: &Cell) -> f64 {
    let used = |all: u64, free: u64| match all {
        0 => 0.0,
        all => (all - free) as f64 / all as f64,
    };
    used(all.cpu, free.cpu).max(used(all.memory_gib, free.memory_gib))
}

#[cfg(test)]
mod tests {
    use super::NumaPacking;
    use crate::model::numa::{Cell, Company, NumaMachine, VirtualMachine};
    use crate::policy::placement::L2NormGreedy;

    fn packing(vms: Vec<(u64, u64, usize, Company)>) -> NumaPacking {
        let machine = |index: usize| NumaMachine {
            name: format!("pm-{index}"),
            cells: vec![
                Cell {
                    cpu: 16,
                    memory_gib: 32,
                };
                2
            ],
            rack: index / 2,
        };
        let vm = |(index, (cpu, memory_gib, cells, company))| VirtualMachine {
            name: format!("vm-{index}"),
            cpu,
            memory_gib,
            cells,
            company,
        };
        NumaPacking {
            machines: (0..4).map(machine).collect(),
            vms: vms.into_iter().enumerate().map(vm).collect(),
        }
    }

    #[test]
    fn who_is_refused_is_told_by_what_stood_in_the_way() {
        let apart = || Company::AntiAffinity("g".to_owned());
        let near = || Company::Affinity("g".to_owned());
        let mut vms = vec![(4, 8, 1, apart()); 5];
        vms.extend(vec![(32, 64, 2, Company::Any); 4]);
        vms.push((20, 8, 1, Company::Any));
        vms.extend(vec![(12, 8, 1, near()); 9]);
        let outcome = packing(vms)
            .run(&L2NormGreedy {}, 1, |_| false)
            .expect("nobody stops it");
        assert_eq!(
            outcome.refused_group,
            1 + 5,
            "the fifth apart; a rack has four cells"
        );
        assert_eq!(outcome.refused_cells, 1, "20 CPUs are in no cell");
        assert_eq!(outcome.refused_full, 4, "each machine has begun");
        assert_eq!(outcome.placed, 4 + 4);
        assert_eq!(outcome.cpu.all, 128);
        assert_eq!(outcome.cpu.used, 4 * 4 + 4 * 12);
    }

    #[test]
    fn what_nobody_in_the_list_can_use_is_stranded() {
        let outcome = packing(vec![(12, 30, 1, Company::Any); 8])
            .run(&L2NormGreedy {}, 1, |_| false)
            .expect("nobody stops it");
        assert_eq!(outcome.placed, 8);
        assert_eq!(
            (outcome.cpu.stranded, outcome.memory_gib.stranded),
            (8 * 4, 8 * 2)
        );
        assert_eq!(outcome.used_machines, 4);
        assert_eq!(
            outcome.cells,
            vec![vec![30.0 / 32.0; 2]; 4],
            "memory is fuller than CPU, 12 of 16"
        );
    }
}
