//! `report.html` of nodes needed: the answer, a bar a policy, the cluster today and packed best, and every number.

use super::bars::{Marks, node_bars};
use super::colours::Colours;
use super::needs::Needs;
use super::needs_chart::needs_chart;
use super::section::{head, in_short, origin, picture, section, table};
use crate::report::{format, page};

impl Needs {
    /// The cluster today.
    #[must_use]
    pub fn today_bars(&self) -> Option<String> {
        let marks = Marks {
            title: format!(
                "Today: {} on {}",
                format::plural(self.pods - self.waiting_today, "pod", "pods"),
                format::plural(self.nodes_in_use, "node", "nodes")
            ),
            ..Marks::default()
        };
        // A pod that waits today is in no picture of today: the packing has all there are.
        let all = self.best.as_ref().unwrap_or(&self.today);
        node_bars(&self.today, all, &Colours::of(all), &marks)
    }

    /// The packing of the best policy, with the same rows and colours.
    #[must_use]
    pub fn best_bars(&self) -> Option<String> {
        let (best, packed) = (self.best_need()?, self.best.as_ref()?);
        let marks = Marks {
            title: format!(
                "Packed by {}: {} on {}",
                best.policy,
                format::plural(self.pods - best.waiting, "pod", "pods"),
                format::plural(best.nodes, "node", "nodes")
            ),
            ..Marks::default()
        };
        node_bars(packed, packed, &Colours::of(packed), &marks)
    }
}

/// The page as text.
#[must_use]
pub fn render(needs: &Needs) -> String {
    let rows = needs.ranked().into_iter().map(|need| {
        vec![
            need.policy.clone(),
            format::count(need.nodes),
            format::count(need.waiting),
            needs
                .gap(need)
                .map_or_else(|| format::NOTHING.to_owned(), format::percent),
        ]
    });
    let header = ["policy", "nodes", "pods waiting", "over the bound"];
    let pictures =
        picture(needs.today_bars(), "Nodes today") + &picture(needs.best_bars(), "Nodes packed anew");
    let facts = [
        ("Nodes", format::count(needs.nodes)),
        ("Pods", format::count(needs.pods)),
        ("Policies", format::count(needs.policies.len() as u64)),
        ("Tonnage", needs.version.clone()),
    ];
    let body = format!(
        "{}<main>{}{}{}{}{}</main>",
        head(&needs.title, &needs.answer()),
        in_short(&needs.sentences()),
        section(
            "h-needs",
            "Every policy against the bound",
            &picture(needs_chart(needs), "Nodes needed by policy")
        ),
        section("h-bars", "The cluster today, and packed best", &pictures),
        section("h-table", "Every number", &table("Policies", &header, 1, rows)),
        origin(&facts, &needs.command, &["nodes_needed.csv"]),
    );
    page::frame(&format!("{}: nodes needed", needs.title), page::css(), &body, "")
}
