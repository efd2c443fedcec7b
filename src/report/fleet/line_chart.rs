//! A chart of lines over the percentage arrived, one a policy, as SVG.
//!
//! Knows pixels. Lines differ in colour (Okabe and Ito's, which people with any colour vision tell apart) and in dashes,
//! and are named at their ends.

use crate::report::html::escape;
use crate::report::plots::axis;
use std::fmt::Write;
use std::ops::RangeInclusive;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;
/// Names of lines that end together are moved so far apart.
const LABEL_GAP: f64 = 15.0;
const COLOURS: [&str; 6] = ["#d55e00", "#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#0072b2"];
const DASHES: [&str; 6] = ["2 3", "8 4", "10 3 2 3", "5 3", "14 4", ""];

/// A named line.
pub(in crate::report) struct Line {
    pub(in crate::report) name: String,
    pub(in crate::report) points: Vec<(f64, f64)>,
}

/// What is drawn.
pub(in crate::report) struct Chart {
    pub(in crate::report) title: String,
    pub(in crate::report) across: String,
    pub(in crate::report) x: RangeInclusive<usize>,
    pub(in crate::report) lines: Vec<Line>,
}

impl Chart {
    /// The whole picture.
    pub(in crate::report) fn svg(&self) -> String {
        let (start, end) = (*self.x.start() as f64, *self.x.end() as f64);
        let top = self.lines.iter().flat_map(|line| &line.points);
        let top = top.map(|(_, y)| *y).filter(|y| y.is_finite()).fold(1.0, f64::max);
        let ticks = axis::linear_ticks(top, 5);
        let top = ticks.last().copied().unwrap_or(top);
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let at_x = |x: f64| LEFT + (x - start) / (end - start) * (right - LEFT);
        let at_y = |y: f64| bottom - (y / top).clamp(0.0, 1.0) * (bottom - TOP);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"13\">\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\
             <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>",
            escape(&self.title)
        );
        for tick in &ticks {
            let y = at_y(*tick);
            let _ = write!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#e8ebee\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#606870\">{tick}</text>",
                LEFT - 8.0,
                y + 4.0
            );
        }
        let step = step(self.x.end() - self.x.start());
        for x in self.x.clone().filter(|x| x % step == 0) {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">{x}</text>",
                at_x(x as f64),
                bottom + 18.0
            );
        }
        let _ = write!(
            out,
            "<path d=\"M{LEFT} {bottom}H{right}\" stroke=\"#8c949c\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">{}</text>",
            (LEFT + right) / 2.0,
            bottom + 38.0,
            escape(&self.across)
        );
        let mut labels = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let (colour, dash) = (COLOURS[index % COLOURS.len()], DASHES[index % DASHES.len()]);
            let mut inside = line
                .points
                .iter()
                .filter(|(x, y)| *x >= start && *x <= end && y.is_finite());
            let path: Vec<String> = inside
                .clone()
                .map(|(x, y)| format!("{:.1} {:.1}", at_x(*x), at_y(*y)))
                .collect();
            if path.is_empty() {
                continue;
            }
            let _ = write!(
                out,
                "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
                path.join("L"),
                if dash.is_empty() { "none" } else { dash }
            );
            if let Some((_, y)) = inside.next_back() {
                labels.push((at_y(*y) + 4.0, colour, &line.name));
            }
        }
        spread(&mut labels, bottom + 4.0);
        for (y, colour, name) in labels {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{}</text>",
                right + 8.0,
                escape(name)
            );
        }
        out.push_str("</svg>\n");
        out
    }
}

/// From one mark of the lower axis to the next: 10, or more where there would be more than a dozen.
fn step(range: usize) -> usize {
    let mut steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_usize.saturating_pow(power)));
    steps.find(|&step| range / step <= 13).unwrap_or(range.max(1))
}

/// Moves labels apart, keeping their order.
fn spread(labels: &mut [(f64, &str, &String)], lowest: f64) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut next = TOP;
    for label in labels.iter_mut() {
        label.0 = label.0.max(next);
        next = label.0 + LABEL_GAP;
    }
    let mut next = lowest;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(next);
        next = label.0 - LABEL_GAP;
    }
}
