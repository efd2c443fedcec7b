//! What is shown of runs, and the numbers taken from them.

use crate::sim::packing::dynamic::{DynamicOutcome, Level};

/// One run.
#[derive(Clone, Debug)]
pub struct DynamicRun {
    /// What the placement policy is called.
    pub policy: String,
    /// What came of it.
    pub outcome: DynamicOutcome,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct DynamicTable {
    /// Which pods on which machines.
    pub title: String,
    /// Machines.
    pub machines: u64,
    /// What they have together of that which pods ask for: thousandths of CPUs, MiB of memory, thousandths of GPUs, MiB of
    /// disk, percent of a network card; `None` where nobody asks for any or there is no limit.
    pub capacity: [Option<u64>; 5],
    /// Every run that was finished.
    pub runs: Vec<DynamicRun>,
    /// The seed of those policies that draw.
    pub seed: u64,
    /// The program's version.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
}

impl DynamicRun {
    /// Both names.
    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.policy, self.outcome.queue.name())
    }
}

impl DynamicTable {
    /// Percent of the fleet that an amount in use is; `None` if it has none of that, or nobody asks for any.
    pub(super) fn percent(&self, level: Level, amount: f64) -> Option<f64> {
        let whole = match level {
            Level::Cpu => self.capacity[0],
            Level::Memory => self.capacity[1],
            Level::Gpu | Level::Fragmented => self.capacity[2],
            Level::Disk => self.capacity[3],
            Level::Rdma => self.capacity[4],
            Level::Nodes | Level::NodesBound => Some(self.machines),
            Level::Waiting => None,
        };
        let whole = whole.filter(|&whole| whole > 0)?;
        Some(amount / whole as f64 * 100.0)
    }

    /// What the fleet is measured in: GPUs if any is ever in use, else CPU.
    pub(super) fn measured(&self) -> Level {
        let any = |level| self.runs.iter().any(|run| run.outcome.peak(level) > 0);
        if any(Level::Gpu) { Level::Gpu } else { Level::Cpu }
    }

    pub(super) fn unit(&self) -> &'static str {
        match self.measured() {
            Level::Gpu => "GPU",
            _ => "CPU",
        }
    }

    /// The run that left the fewest pods without a machine and, of those, let them wait least in the mean.
    pub(super) fn best(&self) -> Option<&DynamicRun> {
        self.runs.iter().min_by(|a, b| {
            let (a, b) = (&a.outcome, &b.outcome);
            let never = a.never_room.cmp(&b.never_room);
            never.then(a.waits.mean_s.total_cmp(&b.waits.mean_s))
        })
    }
}
