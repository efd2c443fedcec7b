//! The files that a Compose file is made of: those it includes, and those whose services it extends.
//!
//! Knows: how services of several files become one list, and one service out of two. Must not know: what a service means.
//! Sources: the Compose Specification, `include` and `extends`.

use super::fields::Fields;
use super::{Service, variables, without_extensions};
use crate::input::manifests::{Ignored, collect};
use crate::input::{
    Cursor, Diagnostic, Diagnostics, Entry, Limits, Node, Place, Sources, Tree, check, parse,
};
use crate::input::{list_names, unknown_name};
use crate::model::units::{self, quoted};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Files within files, and services upon services, end here.
const DEEP: usize = 16;
/// So many files are enough.
const FILES_MAX: usize = 200;

/// Reads a Compose file with all that belongs to it.
pub(super) struct Reader<'a> {
    limits: Limits,
    sources: &'a mut Sources,
    pub(super) ignored: &'a mut Ignored,
    pub(super) diagnostics: &'a mut Diagnostics,
    fields: Fields,
    /// Files that were read, by path; nothing for those that could not be.
    read: BTreeMap<PathBuf, Option<Rc<Tree>>>,
    /// Services that were checked.
    checked: BTreeSet<(PathBuf, String)>,
}

/// A service where it was found.
struct Found {
    name: String,
    place: Place,
    file: PathBuf,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        limits: Limits,
        sources: &'a mut Sources,
        ignored: &'a mut Ignored,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            limits,
            sources,
            ignored,
            diagnostics,
            fields: Fields::new(),
            read: BTreeMap::new(),
            checked: BTreeSet::new(),
        }
    }

    /// The services of the file at `path`, each checked, with all that it includes and they extend.
    pub(super) fn services(&mut self, path: &Path) -> Vec<Service> {
        let mut found = Vec::new();
        self.include(path, &mut Vec::new(), &mut found);
        let mut list = Vec::new();
        for one in found {
            let mut way = Vec::new();
            if let Some(tree) = self.extended(&one.file, &one.name, &mut way) {
                list.push(Service {
                    name: one.name,
                    tree,
                    place: one.place,
                });
            }
        }
        list
    }

    /// The tree of the file at `path`, with its variables filled in, and what is said of it beside its services checked.
    fn file(&mut self, path: &Path) -> Option<Rc<Tree>> {
        if let Some(known) = self.read.get(path) {
            return known.clone();
        }
        let tree = self.parsed(path).map(Rc::new);
        self.read.insert(path.to_owned(), tree.clone());
        tree
    }

    fn parsed(&mut self, path: &Path) -> Option<Tree> {
        let id = self.sources.load(path, self.limits, self.diagnostics)?;
        let mut file = parse(self.sources, id, self.limits, self.diagnostics)?;
        without_extensions(&mut file, 0);
        let refusals = self.diagnostics.len();
        variables::fill(&mut file, self.diagnostics);
        let whole = Tree {
            node: match &file.node {
                Node::Map(entries) => {
                    let entries = entries.iter().filter(|entry| entry.key != "services");
                    Node::Map(entries.cloned().collect())
                }
                node => node.clone(),
            },
            place: file.place,
        };
        let schema = self.fields.schema("File");
        check(&whole, &schema, units::formats(), self.diagnostics);
        self.ignored.add((0, "the file"), collect(&whole, &schema));
        let says_something = file.at("services").exists() || file.at("include").exists();
        if !says_something && self.diagnostics.len() == refusals {
            let error = Diagnostic::error(file.place, "the file has no `services`");
            self.diagnostics
                .push(error.help("expected a Compose file: `services: {web: {image: nginx}}`"));
        }
        Some(file)
    }

    /// Adds the services of the file at `path`, and of those it includes, to `found`; `way` led to it.
    fn include(&mut self, path: &Path, way: &mut Vec<PathBuf>, found: &mut Vec<Found>) {
        let Some(file) = self.file(path) else { return };
        way.push(path.to_owned());
        for (asked, at) in included(&file, self.diagnostics) {
            let next = beside(path, &asked);
            if let Some(first) = way.iter().position(|one| *one == next) {
                let round = way[first..].iter().chain([&next]).map(|path| name_of(path));
                let round: Vec<String> = round.collect();
                let what = format!("files include each other: {}", round.join(" → "));
                self.diagnostics.push(Diagnostic::error(at, what));
            } else if way.len() >= DEEP || self.read.len() >= FILES_MAX {
                let what = format!("more than {DEEP} files within each other, or {FILES_MAX} in all");
                self.diagnostics.push(Diagnostic::error(at, what));
            } else if self.is_there(&next, &asked, at) {
                self.include(&next, way, found);
            }
        }
        way.pop();
        for (name, one) in file.at("services").entries() {
            if let Some(first) = found.iter().find(|known| known.name == name) {
                let what = format!("a second service is named {}", quoted(name));
                let error = Diagnostic::error(one.key_place(), what);
                self.diagnostics
                    .push(error.related(first.place, "the first is here"));
                continue;
            }
            found.push(Found {
                name: name.to_owned(),
                place: one.key_place(),
                file: path.to_owned(),
            });
        }
    }

    fn is_there(&mut self, path: &Path, asked: &str, at: Place) -> bool {
        let is_there = path.is_file();
        if !is_there {
            let what = format!("the Compose file {} is not there", quoted(asked));
            let looked = quoted(&path.display().to_string());
            let error = Diagnostic::error(at, what);
            self.diagnostics
                .push(error.help(format!("expected it at {looked}")));
        }
        is_there
    }

    /// The service `name` of the file at `path` with what it extends; `way` led to it.
    fn extended(&mut self, path: &Path, name: &str, way: &mut Vec<(PathBuf, String)>) -> Option<Tree> {
        let file = self.file(path)?;
        let services = file.at("services");
        let tree = services.at(name).tree()?.clone();
        if !matches!(tree.node, Node::Map(_)) {
            if self.checked.insert((path.to_owned(), name.to_owned())) {
                let what = format!(
                    "expected what the service {} is, found {}",
                    quoted(name),
                    tree.describe()
                );
                self.diagnostics
                    .push(Diagnostic::error(services.at(name).place(), what));
            }
            return None;
        }
        if self.checked.insert((path.to_owned(), name.to_owned())) {
            let schema = self.fields.schema("Service");
            check(&tree, &schema, units::formats(), self.diagnostics);
            self.ignored.add((0, "services"), collect(&tree, &schema));
        }
        let extends = tree.at("extends");
        if !extends.exists() {
            return Some(tree);
        }
        let asked = extends.text().or_else(|| extends.at("service").text());
        let Some(asked) = asked.map(str::to_owned) else {
            let error = Diagnostic::error(extends.place(), "expected the service that is extended");
            self.diagnostics.push(error.help("`extends: {service: base}`"));
            return Some(tree);
        };
        let at = match extends.text() {
            Some(_) => extends.place(),
            None => extends.at("service").place(),
        };
        let other = match extends.at("file").text() {
            Some(file) => beside(path, file),
            None => path.to_owned(),
        };
        let base = self.base(&other, &asked, at, extends, (path, name), way);
        Some(match base {
            Some(base) => merged(base, tree, ""),
            None => tree,
        })
    }

    /// The service `asked` of the file `other`, which another one extends.
    fn base(
        &mut self,
        other: &Path,
        asked: &str,
        at: Place,
        extends: Cursor<'_>,
        (path, name): (&Path, &str),
        way: &mut Vec<(PathBuf, String)>,
    ) -> Option<Tree> {
        way.push((path.to_owned(), name.to_owned()));
        let next = (other.to_owned(), asked.to_owned());
        if let Some(first) = way.iter().position(|one| *one == next) {
            let round = way[first..].iter().chain([&next]).map(|(_, name)| name.as_str());
            let round: Vec<&str> = round.collect();
            // Each of them would say it.
            if self.checked.insert((other.to_owned(), round_key(&round))) {
                let what = format!("services extend each other: {}", round.join(" → "));
                self.diagnostics.push(Diagnostic::error(at, what));
            }
            return None;
        }
        if way.len() >= DEEP {
            let what = format!("more than {DEEP} services upon each other");
            self.diagnostics.push(Diagnostic::error(at, what));
            return None;
        }
        let said = extends.at("file");
        if let Some(file) = said.text()
            && !self.is_there(other, file, said.place())
        {
            return None;
        }
        let file = self.file(other)?;
        if !file.at("services").at(asked).exists() {
            let names = file.at("services");
            let names = names.entries().map(|(name, _)| name);
            let names: Vec<&str> = names.collect();
            let mut error = unknown_name(at, "service", asked, names.iter().copied());
            if said.exists() {
                error = error.help(format!("{} has {}", name_of(other), list_names(names)));
            }
            self.diagnostics.push(error);
            return None;
        }
        self.extended(other, asked, way)
    }
}

/// A name for a circle, whichever of its members it was found from.
fn round_key(round: &[&str]) -> String {
    let mut names: Vec<&str> = round[1..].to_vec();
    names.sort_unstable();
    format!("→{}", names.join("→"))
}

/// The files that one includes, with their places.
fn included(file: &Tree, diagnostics: &mut Diagnostics) -> Vec<(String, Place)> {
    let mut all = Vec::new();
    for item in file.at("include").items() {
        let path = if item.text().is_some() {
            item
        } else {
            item.at("path")
        };
        match path.text() {
            Some(text) => all.push((text.to_owned(), path.place())),
            // Several paths are one file whose later parts win; that is a merge of another kind.
            None => {
                let error = Diagnostic::error(item.place(), "expected the path of a Compose file");
                diagnostics.push(error.help("`include: [other.yaml]` or `include: [{path: other.yaml}]`"));
            }
        }
    }
    all
}

fn beside(path: &Path, other: &str) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    // `./a.yaml` and `b/../a.yaml` are the same file.
    let mut whole = PathBuf::new();
    for part in folder.join(other).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if whole.file_name().is_some() => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Lists that replace those of the service that is extended.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];

/// `base` with what `own`, which stands under `key`, says on top: maps key by key, lists one after the other.
fn merged(base: Tree, own: Tree, key: &str) -> Tree {
    let place = own.place;
    match (base.node, own.node) {
        (Node::Map(mut entries), Node::Map(own)) => {
            entries.retain(|entry| entry.key != "extends");
            for entry in own.into_iter().filter(|entry| entry.key != "extends") {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    None => entries.push(entry),
                    Some(known) => {
                        let was = std::mem::replace(
                            &mut known.value,
                            Tree {
                                node: Node::Null,
                                place,
                            },
                        );
                        *known = Entry {
                            value: merged(was, entry.value, &entry.key),
                            ..entry
                        };
                    }
                }
            }
            Tree {
                node: Node::Map(entries),
                place,
            }
        }
        (Node::Seq(mut items), Node::Seq(own)) if !REPLACED.contains(&key) => {
            items.extend(own);
            Tree {
                node: Node::Seq(items),
                place,
            }
        }
        // Both forms of `depends_on` say the same.
        (Node::Seq(items), own @ Node::Map(_)) if key == "depends_on" => {
            merged(as_map(items, place), Tree { node: own, place }, key)
        }
        (base @ Node::Map(_), Node::Seq(items)) if key == "depends_on" => {
            merged(Tree { node: base, place }, as_map(items, place), key)
        }
        (_, own) => Tree { node: own, place },
    }
}

/// Names as a map of names to nothing.
fn as_map(items: Vec<Tree>, place: Place) -> Tree {
    let entry = |item: Tree| {
        let key = item.cursor().text()?.to_owned();
        let node = Node::Map(Vec::new());
        Some(Entry {
            key,
            key_place: item.place,
            value: Tree {
                node,
                place: item.place,
            },
        })
    };
    Tree {
        node: Node::Map(items.into_iter().filter_map(entry).collect()),
        place,
    }
}
