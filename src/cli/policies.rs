//! `policies`: what the catalog has, and what one of them takes.

use super::arguments::{Format, PoliciesArgs};
use super::load::unknown;
use super::tables::{columns, csv};
use super::{Context, Exit, Failure};
use crate::policy::catalog::{Catalog, Entry};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The question that scenarios do not ask, but `pack` does.
const FLEET_PACKING: &str = "fleet_packing";

/// An entry of the catalog, whatever it builds.
struct Listed {
    question: &'static str,
    name: &'static str,
    summary: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

pub(super) fn policies(args: &PoliciesArgs, context: &Context) -> Result<Exit, Failure> {
    let all = listed(context.catalog);
    let console = &context.console;
    let Some(name) = &args.name else {
        return print(&all.iter().collect::<Vec<_>>(), false, context);
    };
    let of_question: Vec<&Listed> = all.iter().filter(|entry| entry.question == name).collect();
    if !of_question.is_empty() {
        return print(&of_question, false, context);
    }
    // A name may answer more than one question: `random`, `static`.
    let named: Vec<&Listed> = all.iter().filter(|entry| entry.name == name).collect();
    if named.is_empty() {
        let names: BTreeSet<&str> = all.iter().flat_map(|it| [it.name, it.question]).collect();
        return Err(unknown("policy or question", name, || names.iter().copied()));
    }
    if console.format() == Format::Table {
        let width = console.sheet().width;
        let texts: Vec<String> = named.iter().map(|entry| explained(entry, width)).collect();
        console.print(&texts.join("\n\n"))?;
        return Ok(Exit::Done);
    }
    print(&named, true, context)
}

fn listed(catalog: &Catalog) -> Vec<Listed> {
    fn each<T>(question: &'static str, entries: &[Entry<T>]) -> Vec<Listed> {
        let list = |entry: &Entry<T>| Listed {
            question,
            name: entry.name,
            summary: entry.summary,
            schema: entry.schema,
        };
        entries.iter().map(list).collect()
    }
    [
        each("pod_scaling", &catalog.pod_scaling),
        each("pod_sizing", &catalog.pod_sizing),
        each("node_scaling", &catalog.node_scaling),
        each("placement", &catalog.placement),
        each("packing", &catalog.packing),
        each(FLEET_PACKING, &catalog.fleet_packing),
        each("routing", &catalog.routing),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn print(entries: &[&Listed], parameters: bool, context: &Context) -> Result<Exit, Failure> {
    let console = &context.console;
    match console.format() {
        Format::Json => {
            let list: Vec<_> = entries
                .iter()
                .map(|it| {
                    json!({"question": it.question, "name": it.name, "summary": it.summary, "schema": whole_schema(it)})
                })
                .collect();
            console.print_json(&Value::from(list))?;
        }
        Format::Csv if parameters => {
            let rows = entries.iter().flat_map(|entry| {
                Parameter::of(entry).into_iter().map(|it| {
                    let whose = [entry.question.to_owned(), entry.name.to_owned()];
                    whose
                        .into_iter()
                        .chain([it.name, it.takes, it.default, it.about])
                        .collect()
                })
            });
            let header = ["question", "policy", "parameter", "takes", "default", "about"];
            console.print(&csv(&header, rows))?;
        }
        Format::Csv => {
            let rows = entries
                .iter()
                .map(|it| [it.question, it.name, it.summary].map(str::to_owned).to_vec());
            console.print(&csv(&["question", "policy", "summary"], rows))?;
        }
        Format::Table if console.silent() => {
            let names: Vec<_> = entries.iter().map(|it| it.name).collect();
            console.print(&names.join("\n"))?;
        }
        Format::Table => {
            let mut text = Vec::new();
            let mut question = "";
            let rows = entries
                .iter()
                .map(|it| vec![format!("  {}", it.name), it.summary.to_owned()]);
            // One line an entry: what is too wide wraps in the terminal.
            let table = columns(&[], rows, usize::from(u16::MAX));
            for (entry, line) in entries.iter().zip(table.lines()) {
                if entry.question != question {
                    question = entry.question;
                    text.push(format!(
                        "{}{question}: {}",
                        if text.is_empty() { "" } else { "\n" },
                        asks(question)
                    ));
                }
                text.push(line.to_owned());
            }
            text.push("\n`tonnage policies NAME` shows what one of them takes.".to_owned());
            console.print(&text.join("\n"))?;
        }
    }
    Ok(Exit::Done)
}

fn asks(question: &str) -> &'static str {
    match question {
        "pod_scaling" => "how many replicas?",
        "pod_sizing" => "how big?",
        "node_scaling" => "which machines?",
        "placement" => "which node takes this pod?",
        "packing" => "which bin takes each of these items? (tonnage pack)",
        FLEET_PACKING => "which machine takes this pod, when `tonnage pack` fills a fleet?",
        _ => "which replica serves this request?",
    }
}

fn explained(entry: &Listed, width: usize) -> String {
    let parameters = Parameter::of(entry);
    let per_workload = ["pod_scaling", "pod_sizing", "routing"].contains(&entry.question);
    let inner = match parameters.as_slice() {
        [] => entry.name.to_owned(),
        _ => format!("{{{}: {{…}}}}", entry.name),
    };
    let usage = match per_workload {
        true => format!("{{WORKLOAD: {inner}}}"),
        false => inner,
    };
    let schema = whole_schema(entry);
    let mut text = format!("{}/{}: {}\n", entry.question, entry.name, entry.summary);
    let about = sentence(&schema);
    if !about.is_empty() && about.trim_end_matches('.').to_lowercase() != entry.summary.to_lowercase() {
        text += &format!("\n{about}\n");
    }
    text += &match entry.question {
        FLEET_PACKING => format!(
            "\n  tonnage pack --nodes FILE --pods FILE --policies {}\n\n",
            entry.name
        ),
        question => format!("\n  policies:\n    {question}: {usage}\n\n"),
    };
    if parameters.is_empty() {
        return text + "It takes no parameters.";
    }
    let words: BTreeSet<String> = parameters.iter().map(|it| it.takes.clone()).collect();
    let rows = parameters
        .into_iter()
        .map(|it| vec![format!("  {}", it.name), it.takes, it.default, it.about]);
    text += &columns(&["  parameter", "takes", "default", "about"], rows, width);
    let kinds = schema["$defs"].as_object().into_iter().flatten();
    let kinds: Vec<Vec<String>> = kinds
        .filter(|(name, kind)| {
            !sentence(kind).is_empty() && words.iter().any(|word| word.ends_with(&kind_word(name)))
        })
        .map(|(name, kind)| vec![format!("  {}", kind_word(name)), sentence(kind)])
        .collect();
    if !kinds.is_empty() {
        text += &format!("\n\n{}", columns(&[], kinds.into_iter(), width));
    }
    text
}

fn sentence(schema: &Value) -> String {
    schema["description"]
        .as_str()
        .unwrap_or_default()
        .replace('\n', " ")
}

/// `ScheduledStep` as `scheduled step`.
fn kind_word(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

/// One parameter of a policy.
struct Parameter {
    name: String,
    takes: String,
    default: String,
    about: String,
}

impl Parameter {
    fn of(entry: &Listed) -> Vec<Self> {
        let schema = whole_schema(entry);
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        let required = |name: &String| {
            let list = schema["required"].as_array();
            list.is_some_and(|list| list.iter().any(|it| it == name.as_str()))
        };
        let one = |(name, property): (&String, &Value)| Self {
            name: name.clone(),
            takes: takes(property, &schema),
            default: match &property["default"] {
                Value::Null if required(name) => "required".to_owned(),
                Value::Null => "none".to_owned(),
                Value::String(text) => text.clone(),
                other => flow(other),
            },
            about: sentence(property),
        };
        properties.iter().map(one).collect()
    }
}

/// The schema with everything it refers to.
fn whole_schema(entry: &Listed) -> Value {
    let mut generator = SchemaGenerator::default();
    let schema = (entry.schema)(&mut generator).to_value();
    let definitions = generator.definitions().clone();
    let mut whole = resolved(&schema, &json!({"$defs": definitions})).clone();
    if let Value::Object(map) = &mut whole
        && !definitions.is_empty()
    {
        map.insert("$defs".to_owned(), Value::Object(definitions));
    }
    whole
}

fn resolved<'a>(schema: &'a Value, whole: &'a Value) -> &'a Value {
    schema["$ref"]
        .as_str()
        .and_then(|reference| whole.pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema)
}

/// A value as it is written in YAML, on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// The words of an enum without contents.
fn words(schema: &Value) -> Option<String> {
    let words: Vec<&str> = match schema["enum"].as_array() {
        Some(words) => words.iter().map(Value::as_str).collect::<Option<_>>()?,
        None => {
            let branches = schema["oneOf"].as_array()?;
            branches
                .iter()
                .map(|branch| branch["const"].as_str())
                .collect::<Option<_>>()?
        }
    };
    Some(words.join(" or "))
}

/// What a parameter takes, in a word or two.
fn takes(schema: &Value, whole: &Value) -> String {
    let named = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let target = resolved(schema, whole);
    if let Some(words) = words(target) {
        return words;
    }
    if let Some(name) = named {
        return kind_word(name);
    }
    if let Some(any) = target["anyOf"].as_array().or_else(|| target["oneOf"].as_array()) {
        let mut kinds: Vec<String> = any
            .iter()
            .filter(|branch| branch["type"] != "null")
            .map(|branch| takes(branch, whole))
            .collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let kind = match &target["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or_default(),
        _ => "",
    };
    match kind {
        "array" => format!("list of {}", takes(&target["items"], whole)),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "object" => "map".to_owned(),
        "string" => "text".to_owned(),
        "" => "anything".to_owned(),
        other => other.to_owned(),
    }
}
