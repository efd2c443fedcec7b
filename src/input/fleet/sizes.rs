//! The columns of CPU and memory that machines and pods have alike.

use super::table::{Header, Names, Row};
use crate::input::Diagnostics;

const CPU_MILLI: Names = &["cpu_milli"];
/// Whole CPUs, where a file does not count thousandths.
const CPU: Names = &["cpu", "cpu_num"];
const MEMORY_MIB: Names = &["memory_mib"];
const MEMORY_GIB: Names = &["memory_gib"];

/// Where a file says them, and in what.
pub(super) struct SizeColumns {
    pub(super) cpu: Option<usize>,
    cpu_scale: u64,
    /// `None`: the file does not say.
    pub(super) memory: Option<usize>,
    memory_scale: u64,
}

impl SizeColumns {
    /// Finds them; CPU must be there.
    pub(super) fn of(header: &Header, diagnostics: &mut Diagnostics) -> Self {
        let whole = header.find(CPU).filter(|_| header.find(CPU_MILLI).is_none());
        let gib = header
            .find(MEMORY_GIB)
            .filter(|_| header.find(MEMORY_MIB).is_none());
        Self {
            cpu: whole.or_else(|| header.require(CPU_MILLI, diagnostics)),
            cpu_scale: if whole.is_some() { 1000 } else { 1 },
            memory: gib.or_else(|| header.find(MEMORY_MIB)),
            memory_scale: if gib.is_some() { 1024 } else { 1 },
        }
    }

    /// Thousandths of a CPU.
    pub(super) fn cpu(&self, row: &Row, diagnostics: &mut Diagnostics) -> Option<u64> {
        row.number(self.cpu, "CPU", None, self.cpu_scale, diagnostics)
    }

    /// MiB of memory; none where the file does not say.
    pub(super) fn memory(&self, row: &Row, diagnostics: &mut Diagnostics) -> Option<u64> {
        let Some(column) = self.memory else { return Some(0) };
        let amount = row.number(Some(column), "memory", None, 1, diagnostics)?;
        Some(amount * self.memory_scale)
    }
}
