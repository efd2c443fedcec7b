//! A packing as a picture: bins as bars, items as blocks in them, one colour a class of items, one row of bars a dimension.
//!
//! Knows pixels. Colours are Okabe and Ito's, which people with any colour vision tell apart.

use crate::model::packing::{Instance, Packing};
use crate::report::format;
use crate::report::html::escape;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 94.0;
/// A row of bars, and the room between two of them.
const ROW: f64 = 150.0;
const BETWEEN: f64 = 40.0;
const BAR_MOST: f64 = 34.0;
/// More bars than these are a grey area.
const BARS_MOST: usize = 240;
/// More rows than these are a wall.
const ROWS_MOST: usize = 4;
/// Of more blocks than these names are left out: the file would be slow to open.
const NAMED_MOST: usize = 4000;
/// The most frequent classes have a colour of their own, the others one together.
pub(in crate::report) const COLOURS: [&str; 6] =
    ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"];
pub(in crate::report) const OTHERS: &str = "#8c949c";

/// An item in a bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it is called.
    pub name: String,
    /// Its class's place in [`Bars::classes`].
    pub class: usize,
    /// The share of the bin it takes, one a dimension.
    pub shares: Vec<f64>,
}

/// A bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its kind's place in [`Bars::kinds`].
    pub kind: usize,
    /// What is in it, from the bottom.
    pub blocks: Vec<Block>,
}

/// A packing to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The instance.
    pub instance: String,
    /// The heuristic that made it.
    pub policy: String,
    /// What sizes measure.
    pub dimensions: Vec<String>,
    /// Names of the kinds of bins.
    pub kinds: Vec<String>,
    /// Names of the classes of items, those with most items first.
    pub classes: Vec<String>,
    /// Kind by kind, within each in the order of opening.
    pub bars: Vec<Bar>,
}

impl Bars {
    /// The picture of a packing.
    #[must_use]
    pub fn of(instance: &Instance, packing: &Packing, policy: &str) -> Self {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for item in &instance.items {
            match counts.iter_mut().find(|(class, _)| *class == item.class) {
                Some((_, count)) => *count += 1,
                None => counts.push((&item.class, 1)),
            }
        }
        counts.sort_by_key(|&(class, count)| (std::cmp::Reverse(count), class));
        let class_of = |name: &str| counts.iter().position(|(class, _)| *class == name).unwrap_or(0);
        let mut bars: Vec<Bar> = packing
            .bins
            .iter()
            .map(|bin| {
                let capacity = &instance.kinds[bin.kind].capacity;
                let block = |&place: &usize| {
                    let item = &instance.items[place];
                    let shares = item.sizes.iter().zip(capacity);
                    Block {
                        name: item.name.clone(),
                        class: class_of(&item.class),
                        shares: shares
                            .map(|(&size, &capacity)| size as f64 / capacity.max(1) as f64)
                            .collect(),
                    }
                };
                Bar {
                    kind: bin.kind,
                    blocks: bin.items.iter().map(block).collect(),
                }
            })
            .collect();
        bars.sort_by_key(|bar| bar.kind);
        Self {
            instance: instance.name.clone(),
            policy: policy.to_owned(),
            dimensions: instance.dimensions.clone(),
            kinds: instance.kinds.iter().map(|kind| kind.name.clone()).collect(),
            classes: counts.iter().map(|(class, _)| (*class).to_owned()).collect(),
            bars,
        }
    }

    fn filled(&self, dimension: usize) -> f64 {
        let blocks = self.bars.iter().flat_map(|bar| &bar.blocks);
        let sum: f64 = blocks.map(|block| block.shares[dimension]).sum();
        sum / self.bars.len().max(1) as f64
    }

    /// The fullest dimensions, in their own order.
    fn shown(&self) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.dimensions.len()).collect();
        shown.sort_by(|&a, &b| self.filled(b).total_cmp(&self.filled(a)));
        shown.truncate(ROWS_MOST);
        shown.sort_unstable();
        shown
    }

    fn colour(&self, class: usize) -> &'static str {
        let own = self.classes.len() <= COLOURS.len() || class + 1 < COLOURS.len();
        if own {
            COLOURS[class % COLOURS.len()]
        } else {
            OTHERS
        }
    }
}

/// The whole picture; `None` without bins.
#[must_use]
pub fn bars(bars: &Bars) -> Option<String> {
    if bars.bars.is_empty() {
        return None;
    }
    let shown = bars.shown();
    let drawn = bars.bars.len().min(BARS_MOST);
    let height = TOP + shown.len() as f64 * (ROW + BETWEEN);
    let title = format!(
        "{} in {} by {}",
        bars.instance,
        format::plural(bars.bars.len() as u64, "bin", "bins"),
        bars.policy
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"13\">\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>\
         <text x=\"8\" y=\"42\" font-size=\"12\" fill=\"#606870\">{1}</text>",
        escape(&title),
        escape(&note(bars, &shown))
    );
    keys(&mut out, bars);
    for (row, &dimension) in shown.iter().enumerate() {
        let bottom = TOP + ROW + row as f64 * (ROW + BETWEEN);
        draw_row(&mut out, bars, dimension, bottom, drawn);
    }
    out.push_str("</svg>\n");
    Some(out)
}

fn note(bars: &Bars, shown: &[usize]) -> String {
    let mut note = "Each bar is a bin, each block an item, as a share of the bin.".to_owned();
    if bars.bars.len() > BARS_MOST {
        note += &format!(" The first {BARS_MOST} bins.");
    }
    if shown.len() < bars.dimensions.len() {
        note += &format!(
            " The {ROWS_MOST} fullest of {} dimensions.",
            bars.dimensions.len()
        );
    }
    note
}

/// Which colour is which class, where there are several.
fn keys(out: &mut String, bars: &Bars) {
    if bars.classes.len() < 2 {
        return;
    }
    let own = match bars.classes.len() > COLOURS.len() {
        true => COLOURS.len() - 1,
        false => bars.classes.len(),
    };
    let named = bars.classes[..own].iter().map(|class| match class.as_str() {
        "" => "no class".to_owned(),
        class => class.to_owned(),
    });
    let others = bars.classes.len() - own;
    let others = (others > 0).then(|| format!("{others} other classes"));
    let mut x = 8.0;
    for (class, name) in named.chain(others).enumerate() {
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"53\" width=\"11\" height=\"11\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"63\" font-size=\"12\" fill=\"#1c2024\">{}</text>",
            bars.colour(class),
            x + 16.0,
            escape(&name)
        );
        x += 34.0 + 7.0 * name.chars().count() as f64;
    }
}

fn draw_row(out: &mut String, bars: &Bars, dimension: usize, bottom: f64, drawn: usize) {
    let step = ((WIDTH - LEFT - RIGHT) / drawn as f64).min(BAR_MOST);
    let gap = (step * 0.18).min(3.0);
    let top = bottom - ROW;
    let blocks: usize = bars.bars.iter().map(|bar| bar.blocks.len()).sum();
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
    let name = match bars.dimensions.as_slice() {
        [only] if only == "1" => "size".to_owned(),
        names => match names[dimension].parse::<u32>() {
            Ok(number) => format!("dimension {number}"),
            Err(_) => names[dimension].clone(),
        },
    };
    let _ = write!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-size=\"12\" font-weight=\"600\" fill=\"#1c2024\">{}: {} full</text>",
        top - 6.0,
        escape(&name),
        format::percent(bars.filled(dimension))
    );
    for (place, bar) in bars.bars.iter().take(drawn).enumerate() {
        let x = LEFT + step * place as f64 + gap / 2.0;
        let width = step - gap;
        let mut y = bottom;
        for block in &bar.blocks {
            let height = block.shares[dimension] * ROW;
            y -= height;
            let title = match blocks <= NAMED_MOST {
                true => format!("<title>{}</title>", escape(&block.name)),
                false => String::new(),
            };
            let line = if height > 3.0 { 0.7 } else { 0.0 };
            let _ = write!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.2}\" width=\"{width:.1}\" height=\"{:.2}\" fill=\"{}\">{title}</rect>",
                y + line,
                (height - line).max(0.0),
                bars.colour(block.class)
            );
        }
    }
    kinds(out, bars, bottom, step, drawn);
}

/// The names of the kinds below their bars, where there are several.
fn kinds(out: &mut String, bars: &Bars, bottom: f64, step: f64, drawn: usize) {
    if bars.kinds.len() < 2 {
        return;
    }
    for (kind, name) in bars.kinds.iter().enumerate() {
        let mut own = (0..drawn).filter(|&place| bars.bars[place].kind == kind);
        let Some(first) = own.next() else { continue };
        let last = own.next_back().unwrap_or(first);
        let (from, to) = (
            LEFT + step * first as f64 + 1.0,
            LEFT + step * (last + 1) as f64 - 1.0,
        );
        let label = format!("{} × {name}", last + 1 - first);
        // A name wider than its bars would run into the next.
        let room = ((to - from) / 6.5) as usize;
        let label: String = match label.chars().count() > room {
            true => label.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
            false => label,
        };
        let _ = write!(
            out,
            "<path d=\"M{from:.1} {0:.1}H{to:.1}\" stroke=\"#8c949c\" stroke-width=\"2\"/>\
             <text x=\"{from:.1}\" y=\"{1:.1}\" font-size=\"11\" fill=\"#606870\">{2}</text>",
            bottom + 4.0,
            bottom + 17.0,
            escape(&label)
        );
    }
}
