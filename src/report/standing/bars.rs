//! A cluster as a picture: nodes as bars, pods as blocks in them, one row of bars a resource.
//!
//! Knows pixels. Must not know why a pod is where it is.

use super::colours::Colours;
use crate::report::format;
use crate::report::html::escape;
use crate::sim::standing::{Picture, PicturedNode};
use std::collections::BTreeSet;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 94.0;
/// A row of bars, and the room between two of them.
const ROW: f64 = 130.0;
const BETWEEN: f64 = 60.0;
const BAR_MOST: f64 = 92.0;
/// More nodes than these are a grey area.
const NODES_MOST: usize = 240;
/// More rows than these are a wall.
const ROWS_MOST: usize = 3;
/// Of more pods than these names are left out: the file would be slow to open.
const NAMED_MOST: usize = 4000;
/// Pixels of a letter of a node's name.
const LETTER: f64 = 6.2;

/// What is pointed out in a picture.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// What it shows.
    pub title: String,
    /// Pods that are outlined, by name.
    pub moved: BTreeSet<String>,
    /// What the outline means; nothing if there is none.
    pub outline: &'static str,
}

/// The resources that are shown of a cluster, the fullest, in their own order. Shown of a cluster as it was, they are shown
/// of what becomes of it, too.
fn rows_of(picture: &Picture) -> Vec<usize> {
    let filled = |dimension: usize| -> f64 { picture.nodes.iter().map(|node| node.used(dimension)).sum() };
    let mut rows: Vec<usize> = (0..picture.dimensions.len())
        .filter(|&row| filled(row) > 0.0)
        .collect();
    // Places for pods are seldom what runs out: told only where nothing else is reserved.
    let is_places = |row: &usize| picture.dimensions[*row] == "pods";
    if rows.len() > 1 {
        rows.retain(|row| !is_places(row));
    }
    rows.sort_by(|&a, &b| filled(b).total_cmp(&filled(a)));
    rows.truncate(ROWS_MOST);
    rows.sort_unstable();
    rows
}

/// The whole picture of `picture`, with the rows that `reference` has; `None` without nodes or anything on them.
#[must_use]
pub fn node_bars(picture: &Picture, reference: &Picture, colours: &Colours, marks: &Marks) -> Option<String> {
    let rows = rows_of(reference);
    if picture.nodes.is_empty() || rows.is_empty() {
        return None;
    }
    let height = TOP + rows.len() as f64 * (ROW + BETWEEN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"13\">\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>\
         <text x=\"8\" y=\"42\" font-size=\"12\" fill=\"#606870\">{1}</text>",
        escape(&marks.title),
        escape(&note(picture, marks))
    );
    keys(&mut out, colours);
    for (index, &dimension) in rows.iter().enumerate() {
        let bottom = TOP + ROW + index as f64 * (ROW + BETWEEN);
        draw_row(&mut out, picture, dimension, bottom, colours, marks);
    }
    out.push_str("</svg>\n");
    Some(out)
}

fn note(picture: &Picture, marks: &Marks) -> String {
    let mut note = "Each bar is a node, each block a pod, as the share it reserves.".to_owned();
    if !marks.moved.is_empty() {
        let _ = write!(note, " Outlined: {}.", marks.outline);
    }
    if picture.nodes.len() > NODES_MOST {
        let _ = write!(
            note,
            " The first {NODES_MOST} of {} nodes.",
            format::count(picture.nodes.len() as u64)
        );
    }
    note
}

fn keys(out: &mut String, colours: &Colours) {
    let mut x = 8.0;
    for (colour, name) in colours.keys() {
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"53\" width=\"11\" height=\"11\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"63\" font-size=\"12\" fill=\"#1c2024\">{}</text>",
            x + 16.0,
            escape(&name)
        );
        x += 34.0 + 7.0 * name.chars().count() as f64;
    }
}

fn draw_row(
    out: &mut String,
    picture: &Picture,
    dimension: usize,
    bottom: f64,
    colours: &Colours,
    marks: &Marks,
) {
    let drawn = picture.nodes.len().min(NODES_MOST);
    let step = ((WIDTH - LEFT - RIGHT) / drawn as f64).min(BAR_MOST);
    let gap = (step * 0.18).min(6.0);
    let end = LEFT + step * drawn as f64;
    for (share, label) in [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")] {
        let y = bottom - share * ROW;
        let _ = write!(
            out,
            "<path d=\"M{LEFT} {y:.1}H{end:.1}\" stroke=\"#d8dce0\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"11\" fill=\"#606870\">{label}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    let used: f64 = picture.nodes.iter().map(|node| node.used(dimension)).sum();
    let _ = write!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-size=\"12\" font-weight=\"600\" fill=\"#1c2024\">{}: {} reserved, the mean of \
         all nodes</text>",
        bottom - ROW - 6.0,
        escape(&picture.dimensions[dimension]),
        format::percent(used / picture.nodes.len() as f64)
    );
    let pods: usize = picture.nodes.iter().map(|node| node.pods.len()).sum();
    for (place, node) in picture.nodes.iter().take(drawn).enumerate() {
        let bar = Bar {
            x: LEFT + step * place as f64 + gap / 2.0,
            width: step - gap,
            bottom,
            names: pods <= NAMED_MOST,
        };
        bar.draw(out, node, dimension, colours, marks);
    }
}

/// Where a node is drawn.
struct Bar {
    x: f64,
    width: f64,
    bottom: f64,
    /// Whether pods show their names.
    names: bool,
}

impl Bar {
    fn draw(
        &self,
        out: &mut String,
        node: &PicturedNode,
        dimension: usize,
        colours: &Colours,
        marks: &Marks,
    ) {
        let is_free = node.own_pods() == 0;
        let dashes = if is_free { " stroke-dasharray=\"3 2\"" } else { "" };
        let _ = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{ROW}\" fill=\"#f6f7f8\" stroke=\"#b4bac0\"{dashes}>\
             <title>{}</title></rect>",
            self.x,
            self.bottom - ROW,
            self.width,
            escape(&node.name)
        );
        let mut y = self.bottom;
        let mut outlines = String::new();
        for pod in &node.pods {
            let height = pod.shares[dimension] * ROW;
            if height <= 0.0 {
                continue;
            }
            y -= height;
            let line = if height > 3.0 { 0.7 } else { 0.0 };
            let title = match self.names {
                true => format!("<title>{} on {}</title>", escape(&pod.name), escape(&node.name)),
                false => String::new(),
            };
            let _ = write!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.2}\" width=\"{:.1}\" height=\"{:.2}\" fill=\"{}\">{title}</rect>",
                self.x,
                y + line,
                self.width,
                (height - line).max(0.0),
                colours.colour(pod)
            );
            if marks.moved.contains(&pod.name) {
                let _ = write!(
                    outlines,
                    "<rect x=\"{:.1}\" y=\"{:.2}\" width=\"{:.1}\" height=\"{:.2}\" fill=\"none\" stroke=\"#111\" \
                     stroke-width=\"2\"/>",
                    self.x + 1.0,
                    y + line + 1.0,
                    (self.width - 2.0).max(0.5),
                    (height - line - 2.0).max(0.5)
                );
            }
        }
        out.push_str(&outlines);
        self.label(out, &shortened(&node.name, self.width), 14.0, "#606870");
        if is_free {
            self.label(out, &shortened("free", self.width), 28.0, "#1c2024");
        }
    }

    fn label(&self, out: &mut String, text: &str, below: f64, colour: &str) {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\" fill=\"{colour}\">{}</text>",
            self.x + self.width / 2.0,
            self.bottom + below,
            escape(text)
        );
    }
}

/// As much of a name as there is room for; its end, which tells the nodes of a pool apart, is kept.
fn shortened(name: &str, width: f64) -> String {
    let room = (width / LETTER) as usize;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= room {
        return name.to_owned();
    }
    match room {
        0..3 => String::new(),
        room => ['…'].iter().chain(&letters[letters.len() + 1 - room..]).collect(),
    }
}
