//! The heuristics that `--policies` names, for sets of items.
//!
//! Knows the names people use: those of the catalog, with parameters if they like, of placement policies whose rule opens
//! bins as well, and of the published tables. Must not know what a heuristic does.

use super::Failure;
use crate::input::{Diagnostics, Limits, Sources, list_names, nearest, parse};
use crate::policy::catalog::{Catalog, Entry};
use crate::policy::placement::Placer;
use crate::policy::placement::packing::{ByRule, Packer, published};
use serde_json::Value;
use std::collections::BTreeSet;

const ALL: &str = "all";

/// A heuristic and what it is called in results.
pub(super) type Named = (String, Box<dyn Packer>);

/// The heuristics that `texts` name, each once, in that order; all of them if there are none.
pub(super) fn chosen(texts: &[String], catalog: &Catalog) -> Result<Vec<Named>, Failure> {
    let mut chosen: Vec<Named> = Vec::new();
    let mut refused: Option<Failure> = None;
    let texts = split(&texts.join(","));
    let texts = if texts.is_empty() {
        vec![ALL.to_owned()]
    } else {
        texts
    };
    for text in &texts {
        let named = if text == ALL {
            all(catalog)
        } else {
            one(text, catalog).map(|one| vec![one])
        };
        match named {
            Ok(named) => {
                for (name, packer) in named {
                    if chosen.iter().all(|(known, _)| *known != name) {
                        chosen.push((name, packer));
                    }
                }
            }
            Err(failure) => {
                refused = Some(match refused {
                    None => failure,
                    Some(first) => joined(first, failure),
                });
            }
        }
    }
    refused.map_or(Ok(chosen), Err)
}

/// Both refusals as one.
fn joined(first: Failure, second: Failure) -> Failure {
    match (first, second) {
        (Failure::Usage(what, mut help), Failure::Usage(also, more)) => {
            help.push(also);
            help.extend(more);
            Failure::Usage(what, help)
        }
        (first, _) => first,
    }
}

/// At the commas outside of braces and brackets.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for c in text.chars() {
        depth += match c {
            '{' | '[' => 1,
            '}' | ']' => -1,
            _ => 0,
        };
        match (c, parts.last_mut()) {
            (',', _) if depth <= 0 => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            _ => {}
        }
    }
    let parts = parts.iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// Those of the published tables, then those of the catalog that are not among them, then placement policies.
fn all(catalog: &Catalog) -> Result<Vec<Named>, Failure> {
    let mut all = Vec::new();
    let columns: Vec<_> = published::names()
        .into_iter()
        .filter(|named| named.in_tables)
        .collect();
    let covered: BTreeSet<&str> = columns.iter().map(|named| named.policy).collect();
    for named in &columns {
        all.push(of_table(named, catalog)?);
    }
    for entry in catalog
        .packing
        .iter()
        .filter(|entry| !covered.contains(entry.name))
    {
        all.push((entry.name.to_owned(), built(entry, Value::Null, entry.name)?));
    }
    let own: BTreeSet<&str> = catalog.packing.iter().map(|entry| entry.name).collect();
    for entry in catalog.placement.iter().filter(|entry| !own.contains(entry.name)) {
        // Some have parameters that must be said; those of them that have no rule open no bins.
        let rule = (entry.build)(Value::Null).ok().and_then(|placer| placer.rule());
        if let Some(rule) = rule {
            all.push((entry.name.to_owned(), ByRule::new(rule).into()));
        }
    }
    Ok(all)
}

fn of_table(named: &published::Named, catalog: &Catalog) -> Result<Named, Failure> {
    let entry = catalog.packing.iter().find(|entry| entry.name == named.policy);
    let entry = entry.ok_or_else(|| Failure::usage(format!("no heuristic is named `{}`", named.policy)))?;
    Ok((
        named.name.clone(),
        built(entry, named.parameters.clone(), &named.name)?,
    ))
}

fn built<T>(entry: &Entry<T>, parameters: Value, text: &str) -> Result<T, Failure> {
    (entry.build)(parameters).map_err(|problems| Failure::usage(format!("`{text}`: {}", problems.join("; "))))
}

/// One by its name, with parameters in braces if there are any.
fn one(text: &str, catalog: &Catalog) -> Result<Named, Failure> {
    let (name, parameters) = match text.find('{') {
        None => (text, Value::Null),
        Some(at) => (
            text[..at].trim_end_matches([':', ' ']),
            parameters(&text[at..], text)?,
        ),
    };
    let columns = published::names();
    let column = columns.iter().find(|named| named.name == name);
    if let Some(named) = column.filter(|_| parameters.is_null()) {
        return of_table(named, catalog);
    }
    if let Some(entry) = catalog.packing.iter().find(|entry| entry.name == name) {
        return Ok((text.to_owned(), built(entry, parameters, text)?));
    }
    if let Some(entry) = catalog.placement.iter().find(|entry| entry.name == name) {
        return by_rule(entry, parameters, text);
    }
    if published::is_not_offered(name) {
        let what = format!("`{name}` is published, and not offered here");
        let offered = "offered of the tables are FF, FFD-*, BF-*, WF-*, BFD-T1-* and BFD-T2-*, without -Dyn and -UtilRatio";
        return Err(Failure::usage(what).help(Some(offered)));
    }
    let placement = catalog.placement.iter().map(|entry| entry.name);
    let own = catalog.packing.iter().map(|entry| entry.name);
    let known = columns.iter().map(|named| named.name.as_str());
    let names: Vec<&str> = [ALL]
        .into_iter()
        .chain(own.clone())
        .chain(known)
        .chain(placement)
        .collect();
    let failure = Failure::usage(format!("no heuristic is named `{name}`"));
    Err(match nearest(name, names.iter().copied()) {
        Some(meant) => failure.help(Some(format!("did you mean `{meant}`?"))),
        None => failure.help(Some(format!(
            "there are: {}, and names of the published tables such as FF, FFD-L1-Unit and BFD-T2-L2-Avg",
            list_names(own)
        ))),
    })
}

fn by_rule(entry: &Entry<Box<dyn Placer>>, parameters: Value, text: &str) -> Result<Named, Failure> {
    let rule = built(entry, parameters, text)?.rule();
    let rule = rule.ok_or_else(|| {
        let what = format!(
            "`{}` places pods on the nodes of a cluster and opens no bins",
            entry.name
        );
        Failure::usage(what).help(Some("`tonnage policies packing` lists what does"))
    })?;
    Ok((text.to_owned(), ByRule::new(rule).into()))
}

/// Parameters as they are written in YAML.
fn parameters(text: &str, whole: &str) -> Result<Value, Failure> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let id = sources.add(format!("--policies {whole}"), text);
    let tree = parse(&sources, id, Limits::default(), &mut diagnostics);
    match tree {
        Some(tree) if !diagnostics.has_errors() => Ok(tree.to_json()),
        _ => Err(Failure::Input(diagnostics.render(&sources))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalog, Failure, chosen, split};

    fn names(text: &str) -> Vec<String> {
        let chosen = chosen(&[text.to_owned()], &Catalog::standard()).expect("they are known");
        chosen.into_iter().map(|(name, _)| name).collect()
    }

    fn refusal(text: &str) -> String {
        match chosen(&[text.to_owned()], &Catalog::standard()) {
            Err(Failure::Usage(what, help)) => format!("{what} | {}", help.join(" | ")),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn commas_within_braces_part_nothing() {
        assert_eq!(
            split("a, b{c: 1, d: [2, 3]},,e"),
            ["a", "b{c: 1, d: [2, 3]}", "e"]
        );
    }

    #[test]
    fn names_of_tables_catalog_and_placement_are_known_and_each_is_taken_once() {
        let asked = "FF,first_fit_decreasing{measure: product},BFD-T2-L2Load-Avg,swarm_spread,FF";
        let expected = [
            "FF",
            "first_fit_decreasing{measure: product}",
            "BFD-T2-L2Load-Avg",
            "swarm_spread",
        ];
        assert_eq!(names(asked), expected);
        let all = names("all");
        for name in [
            "FF",
            "FFD-L2-ReciprocAvg",
            "WF-Linf-Expo",
            "next_fit",
            "dot_product",
            "random",
            "tetris",
        ] {
            assert!(all.iter().any(|own| own == name), "{name} is not among {all:?}");
        }
    }

    /// A slip is told with what was meant, a published name that is missing as what it is, and both at once.
    #[test]
    fn a_wrong_name_is_told_with_what_it_could_be() {
        assert!(refusal("FDD-L1-Unit").contains("did you mean `FFD-L1-Unit`?"));
        assert!(refusal("FFD-L1-Avg-Dyn").contains("is published, and not offered here"));
        assert!(refusal("kube_scheduler").contains("opens no bins"));
        assert!(refusal("best_fit{mesure: l1}").contains("mesure"));
        let both = refusal("frobnicate,Pairing-BS-DP1-Unit");
        assert!(
            both.contains("frobnicate") && both.contains("Pairing-BS-DP1-Unit"),
            "{both}"
        );
    }
}
