//! One chart: lines over simulated time between two axes, each line named at its end.
//!
//! Knows pixels, scales and how to keep labels apart. Must not know what the lines mean.

use std::collections::BTreeSet;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis;
use super::palette::{AXIS, FAINT, GRID, INK, QUIET, VERMILLION};
use crate::report::format;
use crate::report::series::FaultEntry;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing into memory can run into.
pub(super) type Failure<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

const LEFT: i32 = 74;
const RIGHT: i32 = 150;
const TOP: i32 = 34;
const BOTTOM: i32 = 26;
const LABEL_GAP: i32 = 15;

/// How a panel's values are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero.
    Linear,
    /// Powers of ten; values at or below zero are gaps.
    Log,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// From point to point.
    Plain,
    /// Each value holds from the time of the one before to its own: that of an interval, at its end.
    Steps,
    /// As `Steps`, with the area below tinted.
    Filled,
}

/// A named line with gaps.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) color: RGBColor,
    pub(super) look: Look,
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// What all panels of a figure are drawn over.
pub(super) struct TimeAxis<'a> {
    /// How long it is, seconds.
    pub(super) span: f64,
    /// Everything before is shaded.
    pub(super) warmup: f64,
    /// Each is a tinted band, in order.
    pub(super) faults: &'a [FaultEntry],
}

/// One chart.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) unit: &'static str,
    pub(super) scale: Scale,
    pub(super) render: fn(f64) -> String,
    pub(super) lines: Vec<Line>,
    /// A horizontal line: its value and name.
    pub(super) bound: Option<(f64, String)>,
    /// The lowest end a linear axis may have.
    pub(super) at_least: f64,
    pub(super) height: u32,
}

impl Panel {
    fn ticks(&self) -> Vec<f64> {
        let values = self
            .lines
            .iter()
            .flat_map(|line| line.points.iter().filter_map(|(_, value)| *value));
        let values = values
            .chain(self.bound.as_ref().map(|(value, _)| *value))
            .filter(|value| value.is_finite());
        match self.scale {
            Scale::Linear => axis::linear_ticks(values.fold(self.at_least, f64::max), 4),
            Scale::Log => {
                let positive = values.filter(|value| *value > 0.0);
                let (low, high) = positive.fold((f64::INFINITY, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
                axis::log_ticks(low..high)
            }
        }
    }

    /// Draws the panel over `time`.
    pub(super) fn draw<'a>(&self, area: &Area<'a>, time: &TimeAxis<'_>) -> Result<(), Failure<'a>> {
        let (span, warmup) = (time.span, time.warmup);
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (width as i32, height as i32);
        let ticks = self.ticks();
        let ends = ticks.first().copied().unwrap_or(0.0)..ticks.last().copied().unwrap_or(1.0);
        let frame = Frame {
            x: LEFT..width - RIGHT,
            y: TOP..height - BOTTOM,
            span,
            ends,
            scale: self.scale,
        };

        text(area, &self.title, (8, 15), 14, &INK, (HPos::Left, VPos::Center))?;
        text(
            area,
            self.unit,
            (frame.x.end, 15),
            12,
            &QUIET,
            (HPos::Right, VPos::Center),
        )?;
        if warmup > 0.0 {
            let band = [
                (frame.x.start, frame.y.start),
                (frame.across(warmup), frame.y.end),
            ];
            area.draw(&Rectangle::new(band, FAINT.filled()))?;
        }
        for fault in time.faults {
            let (from, until) = fault.span(span);
            let (left, right) = (frame.across(from), frame.across(until));
            let band = [(left, frame.y.start), (right.max(left + 1), frame.y.end)];
            area.draw(&Rectangle::new(band, VERMILLION.mix(0.12).filled()))?;
        }
        for &tick in &ticks {
            let y = frame.up(tick).unwrap_or(frame.y.end);
            area.draw(&PathElement::new(
                vec![(frame.x.start, y), (frame.x.end, y)],
                GRID.stroke_width(1),
            ))?;
            text(
                area,
                &(self.render)(tick),
                (frame.x.start - 8, y),
                12,
                &QUIET,
                (HPos::Right, VPos::Center),
            )?;
        }
        let (times, step) = axis::time_ticks(span, 8);
        area.draw(&PathElement::new(
            vec![(frame.x.start, frame.y.end), (frame.x.end, frame.y.end)],
            AXIS.stroke_width(1),
        ))?;
        for time in times {
            let x = frame.across(time);
            area.draw(&PathElement::new(
                vec![(x, frame.y.end), (x, frame.y.end + 4)],
                AXIS.stroke_width(1),
            ))?;
            text(
                area,
                &format::instant(time, step),
                (x, frame.y.end + 8),
                12,
                &QUIET,
                (HPos::Center, VPos::Top),
            )?;
        }
        if warmup > 0.0 {
            let place = (frame.x.start + 4, frame.y.start + 4);
            text(area, "warm-up", place, 11, &QUIET, (HPos::Left, VPos::Top))?;
        }
        // Names of faults as far as there is room for them, each once.
        let mut named = BTreeSet::new();
        let mut free = frame.across(warmup);
        for fault in time.faults {
            let left = frame.across(fault.began_s);
            let end = left + 8 + 6 * fault.fault.chars().count() as i32;
            let fits = left >= free && end <= frame.x.end;
            if fits && named.insert(&fault.fault) {
                let place = (left + 4, frame.y.start + 4);
                text(area, &fault.fault, place, 11, &QUIET, (HPos::Left, VPos::Top))?;
                free = end;
            }
        }
        let mut labels = Vec::new();
        for line in &self.lines {
            if let Some(y) = line.draw(area, &frame)? {
                // Light colours carry a line, not text.
                let RGBColor(r, g, b) = line.color;
                let darker = |part: u8| (f64::from(part) * 0.78) as u8;
                labels.push((y, line.label.clone(), RGBColor(darker(r), darker(g), darker(b))));
            }
        }
        if let Some((bound, name)) = &self.bound
            && let Some(y) = frame.up(*bound)
        {
            for x in (frame.x.clone()).step_by(12) {
                let dash = vec![(x, y), ((x + 7).min(frame.x.end), y)];
                area.draw(&PathElement::new(dash, INK.stroke_width(1)))?;
            }
            labels.push((y, name.clone(), INK));
        }
        if self
            .lines
            .iter()
            .all(|line| line.points.iter().all(|(_, value)| value.is_none()))
        {
            let middle = (
                (frame.x.start + frame.x.end) / 2,
                (frame.y.start + frame.y.end) / 2,
            );
            text(
                area,
                "nothing to show",
                middle,
                13,
                &QUIET,
                (HPos::Center, VPos::Center),
            )?;
        }
        spread(&mut labels, frame.y.start, frame.y.end);
        for (y, label, color) in labels {
            text(
                area,
                &label,
                (frame.x.end + 8, y),
                12,
                &color,
                (HPos::Left, VPos::Center),
            )?;
        }
        Ok(())
    }
}

impl Line {
    // Where the line's last value is, if it has one.
    fn draw<'a>(&self, area: &Area<'a>, frame: &Frame) -> Result<Option<i32>, Failure<'a>> {
        let pixels = self
            .points
            .iter()
            .map(|(time, value)| value.and_then(|v| frame.up(v)).map(|y| (frame.across(*time), y)));
        let mut runs: Vec<Vec<(i32, i32)>> = vec![Vec::new()];
        for pixel in pixels {
            let first = runs.len() == 1;
            let Some(run) = runs.last_mut() else { break };
            match (pixel, self.look) {
                (None, _) if !run.is_empty() => runs.push(Vec::new()),
                (None, _) => {}
                (Some((x, y)), Look::Steps | Look::Filled) => {
                    // The first interval starts where the axis does.
                    let from = run
                        .last()
                        .map_or(if first { frame.x.start } else { x }, |&(x, _)| x);
                    run.extend([(from, y), (x, y)]);
                }
                (Some(pixel), Look::Plain) => run.push(pixel),
            }
        }
        let mut end = None;
        for mut run in runs {
            run.dedup();
            let (Some(&(x0, _)), Some(&(x1, y1))) = (run.first(), run.last()) else {
                continue;
            };
            end = Some(y1);
            if self.look == Look::Filled {
                let mut outline = run.clone();
                outline.extend([(x1, frame.y.end), (x0, frame.y.end)]);
                area.draw(&Polygon::new(outline, self.color.mix(0.12).filled()))?;
            }
            if run.len() == 1 {
                area.draw(&Circle::new((x0, y1), 2, self.color.filled()))?;
            } else {
                area.draw(&PathElement::new(straightened(&run), self.color.stroke_width(2)))?;
            }
        }
        Ok(end)
    }
}

// Without the points in the middle of a horizontal run: most of a stepped line is flat.
fn straightened(run: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let mut out: Vec<(i32, i32)> = Vec::with_capacity(run.len());
    for &pixel in run {
        if let [.., a, b] = out.as_slice()
            && a.1 == b.1
            && b.1 == pixel.1
        {
            out.pop();
        }
        out.push(pixel);
    }
    out
}

struct Frame {
    x: Range<i32>,
    y: Range<i32>,
    span: f64,
    ends: Range<f64>,
    scale: Scale,
}

impl Frame {
    fn across(&self, time: f64) -> i32 {
        let share = if self.span > 0.0 {
            (time / self.span).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.x.start + (share * f64::from(self.x.end - self.x.start)).round() as i32
    }

    fn up(&self, value: f64) -> Option<i32> {
        let share = match self.scale {
            Scale::Linear => (value - self.ends.start) / (self.ends.end - self.ends.start),
            Scale::Log if value > 0.0 => {
                (value.log10() - self.ends.start.log10()) / (self.ends.end.log10() - self.ends.start.log10())
            }
            Scale::Log => return None,
        };
        let height = f64::from(self.y.end - self.y.start);
        share
            .is_finite()
            .then(|| self.y.end - (share.clamp(0.0, 1.0) * height).round() as i32)
    }
}

// Moves labels apart, keeping their order, within the frame as far as they fit.
fn spread(labels: &mut [(i32, String, RGBColor)], top: i32, bottom: i32) {
    labels.sort_by_key(|(y, _, _)| *y);
    let mut lowest = top;
    for (y, _, _) in labels.iter_mut() {
        *y = (*y).max(lowest);
        lowest = *y + LABEL_GAP;
    }
    let mut highest = bottom;
    for (y, _, _) in labels.iter_mut().rev() {
        *y = (*y).min(highest);
        highest = *y - LABEL_GAP;
    }
}

/// Writes text at a place.
pub(super) fn text<'a>(
    area: &Area<'a>,
    content: &str,
    place: (i32, i32),
    size: u32,
    color: &RGBColor,
    (h, v): (HPos, VPos),
) -> Result<(), Failure<'a>> {
    // XML allows no control characters, whoever named a workload.
    let content: String = content.chars().filter(|c| !c.is_control()).collect();
    let style = ("sans-serif", size).into_font().color(color).pos(Pos::new(h, v));
    area.draw(&Text::new(content, place, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_lines_that_end_together_do_not_cover_each_other() {
        let mut labels: Vec<_> = [200, 198, 199, 20].map(|y| (y, String::new(), INK)).into();
        spread(&mut labels, 10, 200);
        assert!(
            labels.windows(2).all(|pair| pair[1].0 - pair[0].0 >= LABEL_GAP),
            "{labels:?}"
        );
        assert!(labels.iter().all(|(y, _, _)| (10..=200).contains(y)));
    }

    #[test]
    fn only_the_middle_of_a_flat_run_is_left_out() {
        assert_eq!(
            straightened(&[(0, 5), (1, 5), (2, 5), (2, 9), (3, 9)]),
            [(0, 5), (2, 5), (2, 9), (3, 9)]
        );
    }
}
