//! `packing.csv`: a row an instance and heuristic.

use super::PackingReport;

/// Its columns. `bins` is empty where no bin was left for some item, `optimum` where it is not known.
pub const HEADER: [&str; 5] = ["instance", "policy", "bins", "lower_bound", "optimum"];

/// The file as text.
#[must_use]
pub fn to_csv(report: &PackingReport) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(HEADER);
    for instance in &report.instances {
        let bound = instance.bound.bins.to_string();
        let optimum = instance
            .optimum()
            .map_or_else(String::new, |bins| bins.to_string());
        for (policy, attempt) in report.policies.iter().zip(&instance.attempts) {
            let bins = match attempt.left_out {
                0 => attempt.bins.to_string(),
                _ => String::new(),
            };
            let _ = writer.write_record([&instance.name, policy, &bins, &bound, &optimum]);
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
