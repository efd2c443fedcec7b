//! Colours of the plots: Okabe and Ito's, which people with any colour vision tell apart on white.
//!
//! Knows colours only.

use plotters::style::RGBColor;

pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const VERMILLION: RGBColor = RGBColor(213, 94, 0);
pub(super) const PURPLE: RGBColor = RGBColor(204, 121, 167);
pub(super) const SKY: RGBColor = RGBColor(86, 180, 233);

/// One a line where lines differ only by what they are about.
pub(super) const EACH: [RGBColor; 6] = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY];

/// Titles and bounds.
pub(super) const INK: RGBColor = RGBColor(28, 32, 36);
/// Text of axes.
pub(super) const QUIET: RGBColor = RGBColor(96, 104, 112);
/// The time axis.
pub(super) const AXIS: RGBColor = RGBColor(140, 148, 156);
/// Lines across.
pub(super) const GRID: RGBColor = RGBColor(232, 235, 238);
/// The warm-up's ground.
pub(super) const FAINT: RGBColor = RGBColor(246, 247, 248);
