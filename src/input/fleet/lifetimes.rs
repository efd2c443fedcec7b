//! Pods that come and go: the same rows with times.
//!
//! Columns are known by the names that published traces give them: Alibaba's openb (`creation_time`, `deletion_time`),
//! Alibaba's DLRM of 2025 (the same, empty before the start and after the end of the trace), SURF Lisa
//! (`submission_time` and `duration` in milliseconds), Philly (`timestamp`, `duration`), or any file with an arrival and
//! a lifetime in seconds.

#[cfg(test)]
mod tests;

use super::pods;
use super::table::{Header, Ids, Names, Row};
use crate::engine::{Span, Time};
use crate::input::{Diagnostic, Diagnostics, Place, SourceId, Sources};
use crate::model::fleet::{PodRequest, Side};
use crate::model::gpu::{ModelNames, ModelSet};
use crate::model::units::quoted;
use crate::sim::packing::dynamic::{DynamicPod, Spread};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

const NAME: Names = &["name", "pod", "pod_name", "instance_sn", "id", "job"];
const CPU_MILLI: Names = &["cpu_milli"];
const CPU: Names = &["cpu", "cpu_num", "cpu_request", "cpu_count"];
const MEMORY_MIB: Names = &["memory_mib"];
const MEMORY_GIB: Names = &["memory_gib", "memory_request"];
/// Millions of bytes.
const MEMORY_MB: Names = &["mem_capacity"];
const GPUS: Names = &["num_gpu", "gpu", "gpus", "num_gpus", "gpu_request"];
const GPU_MILLI: Names = &["gpu_milli"];
const MODELS: Names = &["gpu_spec", "gpu_model", "model"];
const ARRIVAL: Names = &[
    "arrival_s",
    "arrival",
    "creation_time",
    "timestamp",
    "submission_time",
];
const ARRIVAL_MS: &str = "submission_time";
const LIFETIME: Names = &["lifetime_s", "duration_s", "lifetime", "duration"];
const END: Names = &["deletion_time"];
/// When it started where the trace was taken: how long it waited there is no part of how long it runs.
const STARTED: Names = &["scheduled_time"];
const PRIORITY: Names = &["priority"];
const GROUP: Names = &["app_name", "group"];
const GROUP_MOST: Names = &["max_instance_per_node", "max_per_node"];
/// Times are read in thousandths of a second.
const MILLIS: u64 = 1000;
/// Times are below this, the year 2096 in milliseconds since 1970: a run of nanoseconds has room for waits beyond it.
const MILLIS_MAX: f64 = 4e12;

struct Columns {
    name: Option<usize>,
    cpu_milli: Option<usize>,
    cpu: Option<usize>,
    memory_mib: Option<usize>,
    memory_gib: Option<usize>,
    memory_mb: Option<usize>,
    gpus: Option<usize>,
    gpu_milli: Option<usize>,
    models: Option<usize>,
    arrival: Option<usize>,
    lifetime: Option<usize>,
    end: Option<usize>,
    started: Option<usize>,
    /// Thousandths of a second in a unit of arrival and lifetime.
    scale: u64,
    priority: Option<usize>,
    group: Option<usize>,
    group_most: Option<usize>,
}

impl Columns {
    fn of(header: &Header, diagnostics: &mut Diagnostics) -> Option<Self> {
        let arrival = header.require(ARRIVAL, diagnostics);
        let (lifetime, end) = (header.find(LIFETIME), header.find(END));
        if lifetime.is_none() && end.is_none() {
            header.require(LIFETIME, diagnostics);
        }
        let (cpu_milli, cpu, gpus) = (header.find(CPU_MILLI), header.find(CPU), header.find(GPUS));
        if cpu_milli.is_none() && cpu.is_none() && gpus.is_none() {
            header.require(CPU_MILLI, diagnostics);
            return None;
        }
        let in_millis = arrival.is_some() && arrival == header.find(&[ARRIVAL_MS]);
        Some(Self {
            name: header.find(NAME),
            cpu_milli,
            cpu,
            memory_mib: header.find(MEMORY_MIB),
            memory_gib: header.find(MEMORY_GIB),
            memory_mb: header.find(MEMORY_MB),
            gpus,
            gpu_milli: header.find(GPU_MILLI),
            models: header.find(MODELS),
            arrival: Some(arrival?),
            lifetime,
            end: end.filter(|_| lifetime.is_none()),
            started: header.find(STARTED),
            scale: if in_millis { 1 } else { MILLIS },
            priority: header.find(PRIORITY),
            group: header.find(GROUP),
            group_most: header.find(GROUP_MOST),
        })
    }
}

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

/// Reads them. Times count from the first arrival, or from the trace's zero if some came before that.
pub(super) fn read(
    id: SourceId,
    models: Option<&ModelNames>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<DynamicPod>> {
    let (header, rows) = super::table::rows(id, sources, diagnostics)?;
    let columns = Columns::of(&header, diagnostics)?;
    if rows.is_empty() {
        diagnostics.push(Diagnostic::error(
            Place::whole(id),
            "there is no pod below the header",
        ));
    }
    let (mut ids, mut told, mut groups) = (Ids::default(), BTreeSet::new(), BTreeMap::new());
    let said = rows.iter().enumerate().filter_map(|(index, row)| {
        let name = match columns.name {
            Some(_) => ids.new_one(row, columns.name, "pod", diagnostics),
            None => Some(format!("job-{:05}", index + 1)),
        };
        let request = request(row, &columns, models, &mut told, diagnostics);
        let times = times(row, &columns, diagnostics);
        let priority = priority(row, &columns, diagnostics);
        let spread = spread(row, &columns, &mut groups, diagnostics);
        let (arrival, stays) = times?;
        let pod = DynamicPod {
            name: name?,
            arrival: Time::ZERO,
            lifetime: None,
            request: request?,
            priority: priority?,
            spread: spread?,
            gang: None,
            cluster: None,
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
    Some(pods.collect())
}

fn request(
    row: &Row,
    columns: &Columns,
    models: Option<&ModelNames>,
    told: &mut BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<PodRequest> {
    let cpu = match (columns.cpu_milli, columns.cpu) {
        (None, None) => Some(0),
        (None, cpu) => row.number(cpu, "CPU", None, 1000, diagnostics),
        (milli, _) => row.number(milli, "CPU", None, 1, diagnostics),
    };
    // Rounded down as a machine's memory is: what fills a machine exactly must not be a hair too large for it.
    let thousandths = |of: u64, unit: u64| (u128::from(of) * u128::from(unit) / (1000 << 20)) as u64;
    let memory = if columns.memory_mib.is_some() {
        row.number(columns.memory_mib, "memory", None, 1, diagnostics)
    } else if columns.memory_gib.is_some() {
        let gib = row.number(columns.memory_gib, "memory", None, 1000, diagnostics);
        gib.map(|thousandth| thousandths(thousandth, 1 << 30))
    } else if columns.memory_mb.is_some() {
        let mb = row.number(columns.memory_mb, "memory", None, 1000, diagnostics);
        mb.map(|thousandth| thousandths(thousandth, 1_000_000))
    } else {
        Some(0)
    };
    // A job for more than a machine has is no mistake in a trace: it is one that no machine takes.
    let gpus = pods::gpus(
        row,
        (columns.gpus, columns.gpu_milli),
        usize::from(u16::MAX),
        diagnostics,
    );
    let models = match models {
        Some(models) => pods::accepted(row, columns.models, models, told, diagnostics),
        None => Some(ModelSet::NONE),
    };
    Some(PodRequest {
        cpu_milli: cpu?,
        memory_mib: memory?,
        gpus: gpus?,
        models: models?,
        side: Side::default(),
    })
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

fn priority(row: &Row, columns: &Columns, diagnostics: &mut Diagnostics) -> Option<i64> {
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
fn spread(
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
