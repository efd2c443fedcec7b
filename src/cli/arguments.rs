//! What can be said on the command line.
//!
//! Knows names, defaults and help texts. Must not know what a command does.

use super::pack::PackArgs;
use crate::model::units::Duration;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed while running
  2    bad usage or input; nothing was run
  99   an objective was missed
  130  interrupted; what was finished is kept";

const FIRST_STEPS: &str = "\
First steps:
  tonnage run                       the built-in quick start; writes out/quick-start/report.html
  tonnage new shop                  a commented scenario to start from: shop.yaml
  tonnage run shop.yaml             what does it do to latency, nodes and the bill?
  tonnage compare shop.yaml         which variant is better, and is that chance?
  tonnage explain shop.yaml shop    why so many replicas?

Exit codes:
  0    done
  1    failed while running
  2    bad usage or input; nothing was run
  99   an objective was missed
  130  interrupted; what was finished is kept";

/// Tonnage simulates a container platform under load: what would this scaling policy do to my service, my nodes and my
/// bill? One scenario file in, one page out.
#[derive(Debug, Parser)]
#[command(name = "tonnage", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Print results as table, json or csv [default: table]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        hide_possible_values = false
    )]
    pub(super) format: Option<Format>,
    /// Print nothing but errors, and results if --format asks for them
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a scenario and write its report
    Run(RunArgs),
    /// Compare the variants of a scenario with its baseline
    Compare(CompareArgs),
    /// Pack items into bins, or pods onto a fleet: policies against proven bounds
    Pack(Box<PackArgs>),
    /// Say why it was so: why so many replicas, why a pod waits, why this node
    Explain(ExplainArgs),
    /// Check scenario files without running them
    Check(CheckArgs),
    /// Write a scenario to start from, for what other tools write
    Import(ImportArgs),
    /// List the policies, or explain one
    Policies(PoliciesArgs),
    /// List the machine types of the built-in price list
    #[command(after_help = "\
Examples:
  tonnage shapes
  tonnage shapes --format csv > my-prices.csv")]
    Shapes,
    /// Print the JSON Schema of scenario files
    #[command(after_help = "\
Examples:
  tonnage schema > tonnage.schema.json
  tonnage schema --markdown > scenario-reference.md
  Then, as the first line of a scenario, so that editors complete and check it:
  # yaml-language-server: $schema=tonnage.schema.json")]
    Schema(SchemaArgs),
    /// Write a commented scenario to start from
    New(NewArgs),
    /// Rebuild page and plots from the files of a finished run
    Report(ReportArgs),
    /// Print a script that completes commands in a shell
    Completions(CompletionsArgs),
}

/// What is imported.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage import compose compose.yaml
  tonnage import compose compose.yaml --out shop.yaml && tonnage run shop.yaml")]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    pub(super) what: ImportWhat,
}

/// What other tools write.
#[derive(Debug, Subcommand)]
pub(super) enum ImportWhat {
    /// A Compose file: its services on one Docker host
    #[command(after_help = "\
Examples:
  tonnage import compose compose.yaml
  tonnage import compose compose.yaml --out shop.yaml && tonnage run shop.yaml")]
    Compose(ImportComposeArgs),
}

/// Which Compose file, and where the scenario goes.
#[derive(Args, Debug)]
pub(super) struct ImportComposeArgs {
    /// The Compose file
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// The file to write, which must not be there [default: print it]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
}

/// How the schema is printed.
#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// Print a reference for people instead
    #[arg(long)]
    pub(super) markdown: bool,
}

/// What a scenario is and how it is changed.
#[derive(Args, Debug)]
pub(super) struct ScenarioArgs {
    /// Change one field: a path and a YAML value; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) overrides: Vec<String>,
    /// Seed of everything random [default: the scenario's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub(super) seed: Option<u64>,
    /// Folder that holds the traces that scenarios name
    #[arg(long, value_name = "DIR", env = "TONNAGE_TRACES", value_hint = ValueHint::DirPath)]
    pub(super) traces: Option<PathBuf>,
    /// Runs at a time; changes no result [default: one per processor]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads)]
    pub(super) threads: Option<NonZeroUsize>,
}

/// Where files go.
#[derive(Args, Debug)]
pub(super) struct FolderArgs {
    /// Write no files
    #[arg(long, conflicts_with_all = ["out", "force"])]
    pub(super) no_files: bool,
    /// Write into --out even if it holds files of something else
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Args, Debug)]
#[command(after_help = format!("\
Examples:
  tonnage run
  tonnage run shop.yaml --replications 10
  tonnage run shop.yaml --set duration=2h --set policies.placement='{{worst_fit: {{}}}}'
  tonnage run shop.yaml --no-files --format json

{EXIT_CODES}"))]
pub(super) struct RunArgs {
    /// Scenario file, or a folder with one; `-` is standard input; the built-in quick start if left out
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: Option<PathBuf>,
    /// Run one of the scenario's variants instead of its baseline
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Option<String>,
    /// Independent runs; several give means with 95 % intervals
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = replications)]
    pub(super) replications: u64,
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,
    /// Folder for the files, of an earlier run or new [default: out/NAME]
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
    /// Also write every request of the first run to requests.parquet (needs a build with `--features parquet`)
    #[arg(long, conflicts_with = "no_files")]
    pub(super) requests: bool,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage compare shop.yaml
  tonnage compare shop.yaml --variants eager,lazy --replications 30
  tonnage compare shop.yaml --baseline eager --format csv

All variants meet the same arrivals (common random numbers), so differences are taken pair by pair. With several
variants, verdicts are adjusted by Holm's method: what one of many variants shows may be chance. Missed objectives are
a row of the table, not an exit code.")]
pub(super) struct CompareArgs {
    /// Scenario file with variants, or a folder with one; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// Only these variants [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) variants: Vec<String>,
    /// Compare with this variant instead of with the scenario as it stands
    #[arg(long, value_name = "NAME")]
    pub(super) baseline: Option<String>,
    /// Runs of each variant; of a single one only a scenario without randomness says anything
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10, allow_negative_numbers = true, value_parser = replications)]
    pub(super) replications: u64,
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,
    /// Folder for the files, of an earlier comparison or new [default: out/NAME-compare]
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage explain shop.yaml shop --at 2h            why so many replicas, why do pods wait?
  tonnage explain shop.yaml shop-7 --at 2h10m       why did this pod wait, why this node?
  tonnage explain shop.yaml general --last 20       what happened to this pool's machines?

The run is repeated up to that time and told from its decision log: same seed, same decisions.")]
pub(super) struct ExplainArgs {
    /// Scenario file, or a folder with one; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
    /// A workload, a pod (`shop-7`), a pool or a node
    pub(super) subject: String,
    /// The moment: time since the start, such as 90m [default: the end of the run]
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<Duration>,
    /// So many decisions of each kind, the last ones
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = last)]
    pub(super) last: usize,
    /// Explain one of the scenario's variants instead of its baseline
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Option<String>,
    /// Change one field: a path and a YAML value; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) overrides: Vec<String>,
    /// Seed of everything random [default: the scenario's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub(super) seed: Option<u64>,
    /// Folder that holds the traces that scenarios name
    #[arg(long, value_name = "DIR", env = "TONNAGE_TRACES", value_hint = ValueHint::DirPath)]
    pub(super) traces: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage check shop.yaml
  tonnage check scenarios --quiet                   every scenario below the folder
  tonnage check shop.yaml --format json")]
pub(super) struct CheckArgs {
    /// Scenario files, or folders of them; `-` is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Change one field of each file: a path and a YAML value; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) overrides: Vec<String>,
    /// Folder that holds the traces that scenarios name
    #[arg(long, value_name = "DIR", env = "TONNAGE_TRACES", value_hint = ValueHint::DirPath)]
    pub(super) traces: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage policies
  tonnage policies target_tracking
  tonnage policies placement --format json")]
pub(super) struct PoliciesArgs {
    /// A policy, or a question: placement, routing, pod_scaling, pod_sizing, node_scaling
    pub(super) name: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage new shop
  tonnage run shop.yaml")]
pub(super) struct NewArgs {
    /// Name of the scenario, or the file to write
    #[arg(default_value = "scenario", value_hint = ValueHint::FilePath)]
    pub(super) name: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  tonnage report out/shop")]
pub(super) struct ReportArgs {
    /// Folder of a finished run
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage completions bash > ~/.local/share/bash-completion/completions/tonnage
  tonnage completions zsh > ~/.zfunc/_tonnage
  tonnage completions fish > ~/.config/fish/completions/tonnage.fish")]
pub(super) struct CompletionsArgs {
    /// Which shell
    pub(super) shell: Shell,
}

/// Most decisions of one kind that are told.
pub(super) const LAST_MAX: usize = 10_000;

fn last(text: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=LAST_MAX).contains(number))
        .ok_or_else(|| format!("expected a whole number from 1 to {LAST_MAX}"))
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    let expected = format!("expected a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(|_| expected)
}

pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "expected a whole number from 1".to_owned())
}

/// Most replications of one command.
const REPLICATIONS_MAX: u64 = 100_000;

fn replications(text: &str) -> Result<u64, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=REPLICATIONS_MAX).contains(number))
        .ok_or_else(|| format!("expected a whole number from 1 to {REPLICATIONS_MAX}"))
}
