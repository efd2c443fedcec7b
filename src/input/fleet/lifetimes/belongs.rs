//! Where a pod of a trace belongs: its turn, its group, its gang, its virtual cluster.

use super::super::table::Row;
use super::columns::Columns;
use crate::input::{Diagnostic, Diagnostics};
use crate::model::units::quoted;
use crate::sim::packing::dynamic::{Gang, Spread};
use std::collections::BTreeMap;

/// Most parts of one job.
const PARTS_MAX: u64 = 100_000;

pub(super) fn priority(row: &Row, columns: &Columns, diagnostics: &mut Diagnostics) -> Option<i64> {
    let text = row.text(columns.priority);
    if text.is_empty() {
        return Some(0);
    }
    let found = text.parse::<i32>().ok().map(i64::from);
    if found.is_none() {
        let message = format!("priority: found {}, expected a whole number", quoted(text));
        diagnostics.push(Diagnostic::error(row.place_of(columns.priority), message));
    }
    found
}

/// The group it belongs to; -1, as Alibaba writes it, and an empty field set no limit.
pub(super) fn spread(
    row: &Row,
    columns: &Columns,
    groups: &mut BTreeMap<String, u32>,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Spread>> {
    let name = row.text(columns.group);
    let most = match row.text(columns.group_most) {
        "" | "-1" => Some(u64::from(u32::MAX)),
        "0" => {
            let message =
                "at most 0 pods of a group on a machine: found 0, expected -1 (no limit) or more than 0";
            diagnostics.push(Diagnostic::error(row.place_of(columns.group_most), message));
            None
        }
        _ => row.whole(
            columns.group_most,
            "pods of a group on a machine",
            None,
            diagnostics,
        ),
    }?;
    if name.is_empty() {
        if most < u64::from(u32::MAX) {
            let message = format!("at most {most} of a group on a machine, and no group is named");
            diagnostics.push(Diagnostic::error(row.place_of(columns.group_most), message));
            return None;
        }
        return Some(None);
    }
    let new = groups.len() as u32;
    Some(Some(Spread {
        group: *groups.entry(name.to_owned()).or_insert(new),
        most: u32::try_from(most).unwrap_or(u32::MAX),
    }))
}

/// Of how many parts it is, where that is said: each on a machine of its own, or not.
pub(super) fn gang(row: &Row, columns: &Columns, diagnostics: &mut Diagnostics) -> Option<Option<Gang>> {
    let mut parts = |column: Option<usize>| {
        if row.text(column).is_empty() {
            return Some(None);
        }
        let found = row.whole(column, "parts of a job", None, diagnostics)?;
        if (1..=PARTS_MAX).contains(&found) {
            return Some(Some(found as u32));
        }
        let message = format!("parts of a job: found {found}, expected a number from 1 to {PARTS_MAX}");
        diagnostics.push(Diagnostic::error(row.place_of(column), message));
        None
    };
    let (nodes, tasks) = (parts(columns.nodes), parts(columns.tasks));
    match (nodes?, tasks?) {
        (None, None) => Some(None),
        (Some(parts), None) => Some(Some(Gang { parts, apart: true })),
        (None, Some(parts)) => Some(Some(Gang { parts, apart: false })),
        (Some(nodes), Some(tasks)) if nodes == tasks => Some(Some(Gang {
            parts: nodes,
            apart: true,
        })),
        (Some(nodes), Some(tasks)) => {
            let message = format!(
                "{tasks} parts on {nodes} machines: expected one part a machine, or one of the two columns alone"
            );
            diagnostics.push(Diagnostic::error(row.place_of(columns.tasks), message));
            None
        }
    }
}

/// Its virtual cluster, by its place in `clusters`, to which it is added if it is new.
pub(super) fn cluster(
    row: &Row,
    columns: &Columns,
    known: &mut BTreeMap<String, u32>,
    clusters: &mut Vec<String>,
) -> Option<u32> {
    let name = row.text(columns.cluster);
    if name.is_empty() {
        return None;
    }
    if let Some(&index) = known.get(name) {
        return Some(index);
    }
    let index = clusters.len() as u32;
    known.insert(name.to_owned(), index);
    clusters.push(name.to_owned());
    Some(index)
}
