//! `pack --fewest-nodes`: how few machines of a kind are enough for waits under a limit.
//!
//! Knows how files, searches and reports are joined. Must not know how one of them goes.

use super::super::folder::Kind;
use super::at_work::{at_work, nothing_to_show};
use super::dynamic::{COUNT_MAX, Cases, cases, command, read, title};
use super::fleet::SEED;
use super::shown::Shown;
use super::{Context, Exit, Failure, PackArgs, written};
use crate::experiment::{Wanted, fewest_machines};
use crate::model::units::{Duration, quoted};
use crate::report::fewest_nodes::{self, FewestRow, FewestTable};
use crate::sim::packing::dynamic::{WaitLimit, WaitOf};

/// Parses `p95=10m`.
pub(super) fn limit(text: &str) -> Result<WaitLimit, String> {
    let example = "such as p95=10m, mean=30s or max=1h";
    let Some((of, at_most)) = text.split_once('=') else {
        return Err(format!(
            "found {}, expected WAIT=DURATION, {example}",
            quoted(text)
        ));
    };
    let percentile = |of: &str| {
        let percent = of.strip_prefix('p')?.parse::<u8>().ok();
        percent.filter(|percent| (1..100).contains(percent))
    };
    let of = match of {
        "mean" => WaitOf::Mean,
        "max" => WaitOf::Percentile(100),
        other => WaitOf::Percentile(percentile(other).ok_or_else(|| {
            format!(
                "found {}, expected mean, p1 to p99 or max, {example}",
                quoted(other)
            )
        })?),
    };
    let at_most = at_most
        .parse::<Duration>()
        .map_err(|error| format!("{error}, {example}"))?;
    Ok(WaitLimit {
        of,
        at_most: at_most.span(),
    })
}

/// The limit as it is parsed.
pub(super) fn written(limit: &WaitLimit) -> String {
    format!("{}={}", limit.of, Duration::new(limit.at_most))
}

pub(super) fn pack(args: &PackArgs, limit: WaitLimit, context: &Context) -> Result<Exit, Failure> {
    let [kind] = args.dynamic.kinds() else {
        return Err(Failure::usage(
            "--fewest-nodes searches for machines of one kind: one --node",
        ));
    };
    let files = read(args, context)?;
    let Cases { names, cases } = cases(args, context)?;
    let folder = args.folder(Kind::FewestNodes)?;
    let Some(node) = files.read.nodes.into_iter().next() else {
        return Err(Failure::usage("there is no machine"));
    };
    let wanted = Wanted {
        node,
        pods: files.read.pods,
        clusters: files.clusters,
        share_by_demand: files.share_by_demand,
        limit,
        most: COUNT_MAX,
    };
    let seed = args.seed.unwrap_or(SEED);
    let work = at_work(args, context, "searching", |settings| {
        fewest_machines(&wanted, &cases, seed, settings)
    });
    let interrupted = work.was_cut_short(|found| found.iter().any(Option::is_none));
    let rows = names.into_iter().zip(&cases).zip(work.found);
    let rows: Vec<FewestRow> = rows
        .filter_map(|((policy, (_, queue)), found)| {
            Some(FewestRow {
                policy: policy.to_owned(),
                queue: *queue,
                found: found?,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(nothing_to_show("a search", context));
    }
    let table = FewestTable {
        title: title(args),
        limit,
        price: kind.price,
        rows,
        seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command(args),
    };
    let shown = Shown {
        csv: &|| fewest_nodes::to_csv(&table),
        json: &|| fewest_nodes::to_json(&table),
        table: &|width| fewest_nodes::to_terminal(&table, width),
    };
    shown.finish(folder.as_ref(), || files_of(&table), interrupted, context)
}

fn files_of(table: &FewestTable) -> written::Files {
    written::Files {
        files: vec![
            ("fewest_nodes.csv", fewest_nodes::to_csv(table)),
            ("tried_nodes.csv", fewest_nodes::to_tried_csv(table)),
            ("report.html", fewest_nodes::render(table)),
        ],
        pictures: vec![("waits.svg", fewest_nodes::picture(table))],
    }
}
