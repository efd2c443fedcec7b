//! A scenario to start from, for the services of a Compose file.
//!
//! Knows: which services answer somebody outside. Must not know: how fast they are, which only measuring says.

use super::Service;
use crate::input::manifests::Ignored;
use crate::input::{Diagnostic, Diagnostics, Limits, Place, Sources};
use std::fmt::Write;
use std::path::Path;

/// A scenario that runs the services of a Compose file on one Docker host.
#[derive(Debug)]
pub struct Skeleton {
    /// Its text.
    pub text: String,
    /// What is ignored of the file.
    pub notes: Diagnostics,
    /// The texts the notes are about.
    pub sources: Sources,
}

/// The scenario for the Compose file at `path`, which it calls `reference`.
///
/// # Errors
/// Everything that is wrong with the file, as a compiler shows it.
pub fn skeleton(path: &Path, reference: &str) -> Result<Skeleton, String> {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::new());
    let limits = Limits::default();
    let mut ignored = Ignored::default();
    let id = sources.next_id();
    let services = super::read(path, limits, &mut sources, &mut ignored, &mut diagnostics);
    if services.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(Diagnostic::error(Place::whole(id), "the file has no service"));
    }
    ignored
        .note(0, id)
        .into_iter()
        .for_each(|note| diagnostics.push(note));
    if diagnostics.has_errors() {
        return Err(diagnostics.render(&sources));
    }
    Ok(Skeleton {
        text: text(&services, reference),
        notes: diagnostics,
        sources,
    })
}

fn text(services: &[Service], reference: &str) -> String {
    let serves = |service: &&Service| service.tree.at("ports").exists();
    let mut serving: Vec<&Service> = services.iter().filter(serves).collect();
    if serving.is_empty() {
        // Somebody has to answer.
        serving.extend(services.first());
    }
    let works: Vec<&str> = services
        .iter()
        .flat_map(|service| service.tree.at("depends_on").entries())
        .filter(|(_, one)| one.at("condition").text() == Some("service_completed_successfully"))
        .map(|(name, _)| name)
        .collect();
    let mut text = format!(
        "# The services of {reference} on one Docker host. What they use and how fast they answer is not in a Compose\n\
         # file: measure it, and replace what is marked below.\n\
         name: compose\nduration: 1h\nplatform: docker\ncompose: {}\n\
         cluster:\n  pools:\n    - {{name: host, shape: {{cpu: 8, memory: 32Gi}}, nodes: 1}}  # your machine\nworkloads:\n",
        quoted(reference)
    );
    let mut is_done = Vec::new();
    for name in works {
        if !is_done.contains(&name) {
            is_done.push(name);
            let _ = writeln!(
                text,
                "  - {{name: {0}, service: {0}, job: {{work: 30s}}}}  # how long it works",
                quoted(name)
            );
        }
    }
    serving.retain(|service| !is_done.contains(&service.name.as_str()));
    for service in &serving {
        let _ = writeln!(
            text,
            "  - name: {0}\n    service: {0}\n    serving:\n      demand: {{exponential: {{mean: 20ms}}}}  # time of a \
             request\n      timeout: 2s\n      containers: [{{name: {0}, slots: 8, startup: 5s}}]  # requests at a time",
            quoted(&service.name)
        );
    }
    if !serving.is_empty() {
        text.push_str("load:\n");
    }
    for service in &serving {
        let _ = writeln!(
            text,
            "  - {{to: {}, arrivals: {{poisson: {{rate: 20/s}}}}}}  # requests that come",
            quoted(&service.name)
        );
    }
    text
}

/// A name as YAML takes it for text, whatever it is.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    let means_something_else = ["true", "false", "null", "yes", "no", "on", "off"];
    if is_word && !means_something_else.contains(&name.to_ascii_lowercase().as_str()) {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}
