//! Scenario files: text to scenario, or everything that is wrong with it.
//!
//! Knows: the steps from a file to scenarios, the base and its variants. Must not know: arguments, exit codes, or what
//! is done with a scenario.
//!
//! A file is parsed, overridden, checked against the [`schema`](fn@schema), and lowered part by part: a part with
//! mistakes is left out and the others go on, so that references, policies and laws are checked in the same go.

mod lower;
pub(in crate::input) mod raw;
mod schema;
mod spot;
#[cfg(test)]
mod tests;

pub use schema::schema;

use super::{
    Diagnostic, Diagnostics, Limits, Node, Place, SourceId, Sources, Tree, check, compose, manifests, parse,
    set_path,
};
use crate::model::units;
use crate::policy::catalog::Catalog;
use crate::sim::scenario::Scenario;
use crate::sim::standing::ListedPod;
use lower::files::Files;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The scenario that shows what Tonnage does, for people who have none of their own yet.
pub const QUICK_START: &str = include_str!("../../../scenarios/quick-start.yaml");

/// What a scenario as it stands is called among its variants, unless it says so.
const BASELINE: &str = "baseline";

/// What a scenario file is read with.
#[derive(Clone, Debug)]
pub struct LoadOptions<'a> {
    /// The policies there are.
    pub catalog: &'a Catalog,
    /// `path=value` arguments, applied in order before anything is checked.
    pub overrides: &'a [String],
    /// Where traces are looked for when they are not beside the scenario file.
    pub traces: Option<PathBuf>,
    /// How much input is read.
    pub limits: Limits,
}

/// A scenario file that can be run.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario as it stands.
    pub scenario: Scenario,
    /// What that is called among its variants.
    pub baseline: String,
    /// Its variants by name, in the file's order, without the scenario as it stands.
    pub variants: Vec<(String, Scenario)>,
    /// Pods that its manifests list one by one, with their nodes.
    pub pods: Vec<ListedPod>,
    /// What is probably not meant.
    pub warnings: Diagnostics,
    /// The texts the warnings are about.
    pub sources: Sources,
}

/// A scenario file that cannot be run.
#[derive(Debug)]
pub struct Refused {
    /// Everything that is wrong with it.
    pub diagnostics: Diagnostics,
    /// The texts the messages are about.
    pub sources: Sources,
    /// Whether a trace was not found, which is nobody's mistake: it has to be fetched.
    pub missing_trace: bool,
}

impl Refused {
    /// All messages as a compiler shows them.
    #[must_use]
    pub fn render(&self) -> String {
        self.diagnostics.render(&self.sources)
    }
}

/// Reads a scenario file; what it names is looked for beside it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_file(path: &Path, options: &LoadOptions<'_>) -> Result<Loaded, Refused> {
    let mut reading = Reading::default();
    let id = reading
        .sources
        .load(path, options.limits, &mut reading.diagnostics);
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    reading.finish(id, base, options)
}

/// Reads a scenario file's text, called `name` in messages; what it names is looked for below `base`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_text(name: &str, text: &str, base: &Path, options: &LoadOptions<'_>) -> Result<Loaded, Refused> {
    let mut reading = Reading::default();
    let id = reading.sources.add(name, text);
    reading.finish(Some(id), base.to_owned(), options)
}

/// A scenario file on its way.
#[derive(Debug, Default)]
struct Reading {
    sources: Sources,
    diagnostics: Diagnostics,
    pods: Vec<ListedPod>,
    baseline: Option<String>,
}

impl Reading {
    fn finish(
        mut self,
        id: Option<SourceId>,
        base: PathBuf,
        options: &LoadOptions<'_>,
    ) -> Result<Loaded, Refused> {
        let mut files = Files::new(base, options.traces.clone(), options.limits);
        let scenarios = id.and_then(|id| self.scenarios(id, &mut files, options));
        match scenarios {
            Some((scenario, variants)) if !self.diagnostics.has_errors() => Ok(Loaded {
                scenario,
                baseline: self.baseline.unwrap_or_else(|| BASELINE.to_owned()),
                variants,
                pods: self.pods,
                warnings: self.diagnostics,
                sources: self.sources,
            }),
            _ => Err(Refused {
                diagnostics: self.diagnostics,
                sources: self.sources,
                missing_trace: files.missing_trace(),
            }),
        }
    }

    /// The scenario and its variants, as far as they could be read.
    fn scenarios(
        &mut self,
        id: SourceId,
        files: &mut Files,
        options: &LoadOptions<'_>,
    ) -> Option<(Scenario, Vec<(String, Scenario)>)> {
        let limits = options.limits;
        let mut tree = parse(&self.sources, id, limits, &mut self.diagnostics)?;
        if tree.node == Node::Null {
            let error = Diagnostic::error(tree.place, "the file holds no scenario");
            self.diagnostics
                .push(error.help("`tonnage new NAME` writes one to start from"));
            return None;
        }
        let mut of_manifests = Diagnostics::new();
        let composed = compose::expand(
            &mut tree,
            files.base(),
            limits,
            &mut self.sources,
            &mut of_manifests,
        );
        let expanded = manifests::expand(
            &mut tree,
            files.base(),
            limits,
            &mut self.sources,
            &mut of_manifests,
        );
        self.pods = expanded.pods;
        let mut said = Said::default();
        said.all(&of_manifests);
        self.diagnostics.append(of_manifests);
        let story = opening_comment(self.sources.text(id));
        let schema = schema::of_whole(options.catalog);
        let read = tree.clone();
        for argument in options.overrides {
            set_path::set_argument(
                &mut tree,
                &schema,
                &mut self.sources,
                argument,
                limits,
                &mut self.diagnostics,
            );
        }
        manifests::unchanged(&read, &tree, &mut self.diagnostics);
        compose::unchanged(&read, &tree, &mut self.diagnostics);
        let scenario = self.scenario(&tree, &schema, &story, files, options, &mut said);
        self.baseline = tree.at("baseline").text().map(str::to_owned);
        let mut variants = Vec::new();
        for (name, _) in tree.at("variants").entries() {
            if name == self.baseline.as_deref().unwrap_or(BASELINE) {
                let what = format!("the scenario as it stands is called {} too", units::quoted(name));
                let error = Diagnostic::error(tree.at("variants").at(name).key_place(), what);
                let error =
                    error.help("give the variant another name, or the scenario one: `baseline: NAME`");
                self.diagnostics.push(error.path(format!("variants.{name}")));
            }
        }
        for (name, overrides) in tree.at("variants").entries() {
            let Some(overrides) = overrides.tree().filter(|tree| matches!(tree.node, Node::Map(_))) else {
                // The schema has said that it is no map.
                continue;
            };
            let mut changed = tree.clone();
            let mut lost = Diagnostics::new();
            set_path::set_all(&mut changed, &schema, overrides, limits, &mut lost);
            manifests::unchanged(&tree, &changed, &mut lost);
            compose::unchanged(&tree, &changed, &mut lost);
            let sound = !lost.has_errors();
            self.diagnostics.append(lost);
            if sound && changed.to_json() == tree.to_json() {
                let warning = Diagnostic::warning(
                    tree.at("variants").at(name).key_place(),
                    format!("the variant {} is the scenario as it stands", units::quoted(name)),
                );
                self.diagnostics.push(warning.path(format!("variants.{name}")));
            }
            let variant = self.scenario(&changed, &schema, &story, files, options, &mut said);
            variants.extend(variant.map(|scenario| (name.to_owned(), scenario)));
        }
        let mut scenario = scenario?;
        let all = variants.iter_mut().map(|(_, variant)| variant);
        for scenario in std::iter::once(&mut scenario).chain(all) {
            scenario.assumptions.extend(composed.sentences.iter().cloned());
            scenario.assumptions.extend(expanded.sentences.iter().cloned());
        }
        Some((scenario, variants))
    }

    /// Checks and lowers one document; what was said before about the same place is not said again.
    fn scenario(
        &mut self,
        tree: &Tree,
        schema: &Value,
        story: &str,
        files: &mut Files,
        options: &LoadOptions<'_>,
        said: &mut Said,
    ) -> Option<Scenario> {
        let mut found = Diagnostics::new();
        check(tree, schema, units::formats(), &mut found);
        let scenario = lower::scenario(tree, story, options.catalog, files, &mut self.sources, &mut found);
        let scenario = scenario.filter(|_| !found.has_errors());
        let before = said.of_paths.clone();
        for diagnostic in found.sorted() {
            let message = diagnostic.message.clone();
            let of_path = (diagnostic.path.clone(), message.clone());
            // A variant that changes a value moves it, and what was wrong with it may still be.
            let repeated = before.contains(&of_path);
            if said.of_places.insert((diagnostic.place, message)) && !repeated {
                self.diagnostics.push(diagnostic.clone());
            }
            said.of_paths.insert(of_path);
        }
        scenario
    }
}

/// What has been said about which place, and about which path.
#[derive(Debug, Default)]
struct Said {
    of_places: BTreeSet<(Place, String)>,
    of_paths: BTreeSet<(String, String)>,
}

impl Said {
    /// All of `diagnostics` has been said.
    fn all(&mut self, diagnostics: &Diagnostics) {
        for diagnostic in diagnostics.sorted() {
            self.of_places
                .insert((diagnostic.place, diagnostic.message.clone()));
        }
    }
}

/// The comment lines at the top of `text` as one text; lines for editors are left out.
fn opening_comment(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let words = lines
        .map(str::trim)
        .filter(|line| !line.starts_with("yaml-language-server:"));
    words
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
