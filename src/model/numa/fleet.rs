//! Machines with NUMA cells as columns.

use super::Company;

/// Most cells of a machine.
pub const CELLS_MAX: usize = 8;

/// What a NUMA cell has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// CPUs.
    pub cpu: u64,
    /// Memory, GiB.
    pub memory_gib: u64,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumaMachine {
    /// What it is called.
    pub name: String,
    /// Its cells, [`CELLS_MAX`] at most.
    pub cells: Vec<Cell>,
    /// The rack it stands in.
    pub rack: usize,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualMachine {
    /// What it is called.
    pub name: String,
    /// CPUs over all its cells.
    pub cpu: u64,
    /// Memory over all its cells, GiB.
    pub memory_gib: u64,
    /// Cells it spans, each with the same part of it; at least one.
    pub cells: usize,
    /// Whom it keeps together with or apart from.
    pub company: Company,
}

impl VirtualMachine {
    /// What it needs of each of its cells; parts of a CPU or a GiB count as whole ones.
    #[must_use]
    pub fn part(&self) -> Cell {
        let cells = self.cells.max(1) as u64;
        Cell {
            cpu: self.cpu.div_ceil(cells),
            memory_gib: self.memory_gib.div_ceil(cells),
        }
    }
}

impl Cell {
    /// Whether there is so much of it.
    #[must_use]
    pub const fn has(&self, part: &Self) -> bool {
        self.cpu >= part.cpu && self.memory_gib >= part.memory_gib
    }
}

/// The machines by index, and what of each cell is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumaFleet {
    free: Vec<Vec<Cell>>,
    capacity: Vec<[u64; 2]>,
    free_sum: Vec<[u64; 2]>,
    machines_pods: Vec<u32>,
    largest: [u64; 2],
}

fn sum(cells: &[Cell]) -> [u64; 2] {
    cells.iter().fold([0, 0], |[cpu, memory], cell| {
        [cpu + cell.cpu, memory + cell.memory_gib]
    })
}

impl NumaFleet {
    /// The machines, all empty.
    #[must_use]
    pub fn new(machines: &[NumaMachine]) -> Self {
        let free: Vec<Vec<Cell>> = machines.iter().map(|machine| machine.cells.clone()).collect();
        let capacity: Vec<[u64; 2]> = free.iter().map(|cells| sum(cells)).collect();
        let largest = capacity
            .iter()
            .fold([0, 0], |[cpu, memory], one| [cpu.max(one[0]), memory.max(one[1])]);
        Self {
            free_sum: capacity.clone(),
            machines_pods: vec![0; free.len()],
            free,
            capacity,
            largest,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.free.is_empty()
    }

    /// What a machine has: CPUs, GiB.
    #[must_use]
    pub fn capacity(&self, machine: usize) -> &[u64; 2] {
        &self.capacity[machine]
    }

    /// What is free of it.
    #[must_use]
    pub fn free(&self, machine: usize) -> &[u64; 2] {
        &self.free_sum[machine]
    }

    /// The most that any machine has.
    #[must_use]
    pub fn largest(&self) -> &[u64; 2] {
        &self.largest
    }

    /// What is free of each of its cells.
    #[must_use]
    pub fn cells(&self, machine: usize) -> &[Cell] {
        &self.free[machine]
    }

    /// Virtual machines on it.
    #[must_use]
    pub fn hosted(&self, machine: usize) -> u32 {
        self.machines_pods[machine]
    }

    /// Whether the machine's cells have room: as many as it spans, each for its part.
    #[must_use]
    pub fn fits(&self, machine: usize, vm: &VirtualMachine) -> bool {
        let part = vm.part();
        let able = self.free[machine].iter().filter(|cell| cell.has(&part));
        able.take(vm.cells).count() == vm.cells
    }

    /// Whether it would have room if its cells were one: what NUMA alone stands in the way of.
    #[must_use]
    pub fn fits_as_one(&self, machine: usize, vm: &VirtualMachine) -> bool {
        let [cpu, memory] = self.free_sum[machine];
        cpu >= vm.cpu && memory >= vm.memory_gib
    }

    /// Puts a virtual machine that [fits](Self::fits) on the machine: on the cells with the least free CPU that take its
    /// part, then the least free memory, the lowest among equals. Returns the cells.
    pub fn take(&mut self, machine: usize, vm: &VirtualMachine) -> Vec<usize> {
        let part = vm.part();
        let cells = &mut self.free[machine];
        let mut able: Vec<usize> = (0..cells.len()).filter(|&cell| cells[cell].has(&part)).collect();
        able.sort_by_key(|&cell| (cells[cell].cpu, cells[cell].memory_gib, cell));
        able.truncate(vm.cells);
        for &cell in &able {
            cells[cell].cpu -= part.cpu;
            cells[cell].memory_gib -= part.memory_gib;
        }
        self.free_sum[machine] = sum(cells);
        self.machines_pods[machine] += 1;
        able
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, NumaFleet, NumaMachine, VirtualMachine};
    use crate::model::numa::Company;
    use proptest::prelude::*;

    fn machine(cells: &[(u64, u64)]) -> NumaMachine {
        NumaMachine {
            name: String::new(),
            cells: cells
                .iter()
                .map(|&(cpu, memory_gib)| Cell { cpu, memory_gib })
                .collect(),
            rack: 0,
        }
    }

    fn vm(cpu: u64, memory_gib: u64, cells: usize) -> VirtualMachine {
        VirtualMachine {
            name: String::new(),
            cpu,
            memory_gib,
            cells,
            company: Company::Any,
        }
    }

    #[test]
    fn one_cell_must_take_all_of_it_and_two_take_a_half_each() {
        let mut fleet = NumaFleet::new(&[machine(&[(16, 32), (20, 64)])]);
        let wide = vm(24, 48, 1);
        assert!(!fleet.fits(0, &wide), "no cell has 24 CPUs");
        assert!(fleet.fits_as_one(0, &wide), "but the machine has");
        assert!(fleet.fits(0, &vm(32, 64, 2)));
        assert!(
            !fleet.fits(0, &vm(36, 64, 2)),
            "18 are more than the smaller cell has"
        );
        assert_eq!(fleet.take(0, &vm(4, 8, 1)), [0], "the fuller cell that takes it");
        assert_eq!(fleet.take(0, &vm(14, 8, 1)), [1], "the other one, if it does not");
        assert_eq!(fleet.free(0), &[18, 80]);
        assert_eq!(fleet.hosted(0), 2);
    }

    proptest! {
        #[test]
        fn no_cell_gives_more_than_it_has(
            cells in prop::collection::vec((0_u64..40, 0_u64..40), 1..5),
            asked in prop::collection::vec((1_u64..20, 0_u64..20, 1_usize..4), 1..40),
        ) {
            let mut fleet = NumaFleet::new(&[machine(&cells)]);
            let mut given = vec![(0, 0); cells.len()];
            for (cpu, memory, span) in asked {
                let vm = vm(cpu, memory, span);
                if fleet.fits(0, &vm) {
                    let part = vm.part();
                    let taken = fleet.take(0, &vm);
                    prop_assert_eq!(taken.len(), span);
                    for cell in taken {
                        given[cell].0 += part.cpu;
                        given[cell].1 += part.memory_gib;
                    }
                }
            }
            for (cell, ((cpu, memory), given)) in cells.iter().zip(&given).enumerate() {
                prop_assert!(given.0 <= *cpu && given.1 <= *memory);
                prop_assert_eq!(fleet.cells(0)[cell].cpu + given.0, *cpu);
                prop_assert_eq!(fleet.cells(0)[cell].memory_gib + given.1, *memory);
            }
        }
    }
}
