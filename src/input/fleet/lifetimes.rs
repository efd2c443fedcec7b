//! Pods that come and go: the same rows with times.
//!
//! Columns are known by the names that published traces give them: Alibaba's openb (`creation_time`, `deletion_time`),
//! Alibaba's DLRM of 2025 (the same, empty before the start and after the end of the trace), SURF Lisa
//! (`submission_time` and `duration` in milliseconds), Philly (`timestamp`, `duration`), or any file with an arrival and
//! a lifetime in seconds.

mod asks;
mod belongs;
mod columns;
#[cfg(test)]
mod tests;

use super::names::MachineNames;
use super::table::{Ids, Row};
use crate::engine::{Span, Time};
use crate::input::{Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::units::quoted;
use crate::sim::packing::dynamic::DynamicPod;
use columns::Columns;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Times are below this, the year 2096 in milliseconds since 1970: a run of nanoseconds has room for waits beyond it.
const MILLIS_MAX: f64 = 4e12;

/// A row as it says it; times in thousandths of a second.
struct Said {
    /// `None`: before the trace begins.
    arrival: Option<u64>,
    /// How long, or until when.
    stays: Stays,
    pod: DynamicPod,
}

enum Stays {
    For(u64),
    /// From the one time, or from its arrival, until the other.
    Until(Option<u64>, u64),
    /// To the end and beyond.
    On,
}

/// Pods, and what they are of.
pub(super) struct Pods {
    pub(super) pods: Vec<DynamicPod>,
    /// The names of their virtual clusters, in the order in which they are first.
    pub(super) clusters: Vec<String>,
}

/// Reads them. Times count from the first arrival, or from the trace's zero if some came before that.
pub(super) fn read(
    id: SourceId,
    machines: Option<&MachineNames>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Pods> {
    let (header, rows) = super::table::rows(id, sources, diagnostics)?;
    let columns = Columns::of(&header, diagnostics)?;
    if rows.is_empty() {
        diagnostics.push(Diagnostic::error(
            Place::whole(id),
            "there is no pod below the header",
        ));
    }
    let (mut ids, mut told, mut groups) = (Ids::default(), BTreeSet::new(), BTreeMap::new());
    let (mut known_clusters, mut clusters) = (BTreeMap::new(), Vec::new());
    let said = rows.iter().enumerate().filter_map(|(index, row)| {
        let name = match columns.name {
            Some(_) => ids.new_one(row, columns.name, "pod", diagnostics),
            None => Some(format!("job-{:05}", index + 1)),
        };
        let request = asks::request(row, &columns, machines, &mut told, diagnostics);
        let times = times(row, &columns, diagnostics);
        let priority = belongs::priority(row, &columns, diagnostics);
        let spread = belongs::spread(row, &columns, &mut groups, diagnostics);
        let gang = belongs::gang(row, &columns, diagnostics);
        let cluster = belongs::cluster(row, &columns, &mut known_clusters, &mut clusters);
        let (arrival, stays) = times?;
        let pod = DynamicPod {
            name: name?,
            arrival: Time::ZERO,
            lifetime: None,
            request: request?,
            priority: priority?,
            spread: spread?,
            gang: gang?,
            cluster,
        };
        Some(Said { arrival, stays, pod })
    });
    let said: Vec<Said> = said.collect();
    let any_before = said.iter().any(|said| said.arrival.is_none());
    let first = said.iter().filter_map(|said| said.arrival).min().unwrap_or(0);
    let origin = if any_before { 0 } else { first };
    let nanos = |millis: u64| millis.saturating_mul(1_000_000);
    let pods = said.into_iter().map(|said| {
        let arrival = said.arrival.unwrap_or(origin);
        let lifetime = match said.stays {
            Stays::For(millis) => Some(millis),
            Stays::Until(started, end) => Some(end.saturating_sub(started.unwrap_or(arrival))),
            Stays::On => None,
        };
        DynamicPod {
            arrival: Time::from_nanos(nanos(arrival - origin)),
            lifetime: lifetime.map(|millis| Span::from_nanos(nanos(millis))),
            ..said.pod
        }
    });
    let pods = pods.collect();
    Some(Pods { pods, clusters })
}

/// When it comes, and how long it stays.
fn times(row: &Row, columns: &Columns, diagnostics: &mut Diagnostics) -> Option<(Option<u64>, Stays)> {
    let mut time = |column: Option<usize>, name: &str| time(row, column, name, columns.scale, diagnostics);
    let arrival = match row.text(columns.arrival) {
        "" => Some(None),
        _ => time(columns.arrival, "arrival").map(Some),
    };
    let stays = match (columns.lifetime, columns.end) {
        (Some(_), _) if row.text(columns.lifetime).is_empty() => Some(Stays::On),
        (lifetime @ Some(_), _) => time(lifetime, "lifetime").map(Stays::For),
        (None, end) if row.text(end).is_empty() => Some(Stays::On),
        (None, end) => {
            let started = match row.text(columns.started) {
                "" => Some(None),
                _ => time(columns.started, "start").map(Some),
            };
            started
                .zip(time(end, "end"))
                .map(|(started, end)| Stays::Until(started, end))
        }
    };
    let (arrival, stays) = (arrival?, stays?);
    if let Stays::Until(started, end) = stays
        && end < started.max(arrival).unwrap_or(0)
    {
        let (what, when) = match started.max(arrival) == arrival {
            true => ("comes", columns.arrival),
            false => ("starts", columns.started),
        };
        let message = format!(
            "goes at {}, before it {what} at {}",
            row.text(columns.end),
            row.text(when)
        );
        diagnostics.push(Diagnostic::error(row.place_of(columns.end), message));
        return None;
    }
    Some((arrival, stays))
}

/// Thousandths of a second: of a number, rounded, or since 1970 of a date and time (as UTC).
fn time(
    row: &Row,
    column: Option<usize>,
    name: &str,
    scale: u64,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    let text = row.text(column);
    // Digits alone may be read as a date too.
    let date = text
        .contains(':')
        .then(|| text.parse::<DateTime>().ok())
        .flatten();
    let found = match date {
        Some(date) => {
            let instant = TimeZone::UTC.to_timestamp(date).ok();
            instant.and_then(|instant| u64::try_from(instant.as_millisecond()).ok())
        }
        None => {
            let digits = |byte: u8| byte.is_ascii_digit() || byte == b'.';
            let number = text.parse::<f64>().ok().filter(|_| text.bytes().all(digits));
            let millis = number.map(|number| (number * scale as f64).round());
            millis
                .filter(|millis| *millis < MILLIS_MAX)
                .map(|millis| millis as u64)
        }
    };
    if found.is_none() {
        let message = format!(
            "{name}: found {}, expected seconds from 0 up or a date and time",
            quoted(text)
        );
        diagnostics.push(Diagnostic::error(row.place_of(column), message));
    }
    found
}
