//! `pack --state`: a cluster as it stands, packed anew by each policy, or emptied node by node.

use super::deschedule::Plugin;
use super::fleet::file_name;
use super::thresholds::{Percentages, percentage};
use super::{Context, Exit, Failure, PackArgs};
use super::{deschedule, free_nodes, from_empty};
use crate::cli::load;
use crate::cli::run::quoted;
use crate::input::scenario_file::{LoadOptions, load_text};
use crate::input::{Limits, list_names};
use crate::model::cluster::ClusterView;
use crate::sim::Scenario;
use crate::sim::standing::Standing;
use clap::{Args, ValueHint};
use serde_json::json;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args, Debug)]
#[command(next_help_heading = "A cluster as it stands")]
#[group(id = "state_input")]
pub(super) struct StateArgs {
    /// A cluster as it stands: what `kubectl get nodes,pods,pdb -A -o yaml` prints, or a scenario file at its start
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath,
        conflicts_with_all = ["fleet_input", "instance_input"])]
    state: Vec<PathBuf>,
    /// Plan the fewest moves of pods that free so many nodes of the --state
    #[arg(long, value_name = "N", requires = "state", conflicts_with = "policies")]
    free_nodes: Option<NonZeroUsize>,
    /// Plan what one pass of the descheduler evicts, and where the scheduler puts it
    #[arg(long, value_name = "PLUGIN", requires = "state", conflicts_with_all = ["policies", "free_nodes"])]
    deschedule: Option<Plugin>,
    /// Nodes are underutilized up to here: percent requested, by resource [default: cpu=20,memory=20,pods=20]
    #[arg(long, value_name = "RESOURCE=PERCENT", requires = "deschedule", value_delimiter = ',', value_parser = percentage)]
    pub(super) thresholds: Vec<Percentages>,
    /// Nodes are overutilized above this, for low_node_utilization [default: cpu=50,memory=50,pods=50]
    #[arg(long, value_name = "RESOURCE=PERCENT", requires = "deschedule", value_delimiter = ',', value_parser = percentage)]
    pub(super) target_thresholds: Vec<Percentages>,
}

impl StateArgs {
    /// Whether a state is looked at.
    pub(super) const fn is_asked(&self) -> bool {
        !self.state.is_empty()
    }

    /// Where the cluster is from.
    pub(super) fn title(&self) -> String {
        let names: Vec<String> = self.state.iter().map(|path| file_name(path)).collect();
        names.join(", ")
    }

    /// The command that repeats it; what changes no result is left out.
    pub(super) fn command(&self, policies: &[String]) -> String {
        let mut words = vec!["tonnage pack --state".to_owned()];
        words.extend(self.state.iter().map(|path| quoted(&path.display().to_string())));
        if let Some(nodes) = self.free_nodes {
            words.push(format!("--free-nodes {nodes}"));
        }
        if let Some(plugin) = self.deschedule {
            words.push(format!("--deschedule {}", plugin.name()));
        }
        for (name, asked) in [
            ("thresholds", &self.thresholds),
            ("target-thresholds", &self.target_thresholds),
        ] {
            if !asked.is_empty() {
                let asked: Vec<String> = asked.iter().map(Percentages::to_string).collect();
                words.push(format!("--{name} {}", quoted(&asked.join(","))));
            }
        }
        if !policies.is_empty() {
            words.push(format!("--policies {}", quoted(&policies.join(","))));
        }
        words.join(" ")
    }
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    let (scenario, standing) = read(&args.state.state, context)?;
    match (args.state.free_nodes, args.state.deschedule) {
        (Some(nodes), _) => free_nodes::tell(&scenario, &standing, nodes.get(), args, context),
        (None, Some(plugin)) => deschedule::tell(&scenario, &standing, plugin, args, context),
        (None, None) => from_empty::tell(&standing, args, scenario.seed, context),
    }
}

fn read(files: &[PathBuf], context: &Context) -> Result<(Arc<Scenario>, Standing), Failure> {
    if let Some(folder) = files.iter().find(|file| file.is_dir()) {
        return Err(Failure::usage(format!(
            "`{}` is a folder, expected a file",
            folder.display()
        )));
    }
    let mut missing = files.iter().filter(|file| !file.is_file()).peekable();
    if missing.peek().is_some() {
        let names: Vec<String> = missing.map(|file| format!("`{}`", file.display())).collect();
        return Err(Failure::usage(format!("no such file: {}", names.join(", "))));
    }
    let options = LoadOptions {
        catalog: context.catalog,
        overrides: &[],
        traces: None,
        limits: Limits::default(),
    };
    let loaded = match files {
        [file] if !holds_objects(file) => load::read(Some(file), &[], None, context.catalog),
        _ => {
            let files: Vec<String> = files
                .iter()
                .map(|file| json!(file.display().to_string()).to_string())
                .collect();
            let text = format!(
                "name: state\nduration: 1h\nmanifests: [{}]\npolicies: {{placement: {{kube_scheduler: {{gpuSharing: true}}}}}}\n",
                files.join(", ")
            );
            load_text("--state", &text, Path::new(""), &options)
        }
    };
    let loaded = loaded.map_err(|refused| Failure::Input(refused.render()))?;
    // A standing cluster is looked at for its room: nothing that is said of it has a price.
    let warnings = loaded.warnings.without_costs();
    if !warnings.is_empty() {
        context.console.note(&warnings.render(&loaded.sources));
    }
    let scenario = Arc::new(loaded.scenario);
    let standing = Standing::of(&scenario, &loaded.pods, scenario.seed);
    // A scenario without nodes runs where every pod finds room.
    if scenario.pools.is_empty() || standing.is_empty() {
        let failure = Failure::usage("the state has no nodes");
        return Err(failure.help(Some("`kubectl get nodes,pods,pdb -A -o yaml` prints nodes too")));
    }
    if !standing.unknown_nodes.is_empty() {
        let pods = standing.unknown_nodes.iter();
        let told: Vec<String> = pods
            .map(|(node, pod)| format!("`{node}` (of the pod {pod})"))
            .collect();
        let failure = Failure::usage(format!(
            "pods are on nodes that the state does not list: {}",
            told.join(", ")
        ));
        return Err(failure.help(Some("add them: `kubectl get nodes -o yaml`")));
    }
    if !standing.left_out.is_empty() {
        context.console.note(&format!(
            "warning: pods of objects that are not modelled are left out, and the room they take: {}",
            list_names(standing.left_out.iter().map(String::as_str))
        ));
    }
    Ok((scenario, standing))
}

/// Whether a file holds objects of Kubernetes; else it is taken for a scenario, and told as that if it is none.
fn holds_objects(file: &Path) -> bool {
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let begins =
        |line: &str| line.starts_with("apiVersion:") || line.trim_start().starts_with("\"apiVersion\"");
    text.lines().any(begins) || text.trim_start().starts_with("{\"apiVersion\"")
}
