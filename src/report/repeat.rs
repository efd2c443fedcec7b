//! How a page of packings came about: facts, the command that repeats it, and where its numbers are.
//!
//! Knows: how that looks. Must not know: what was packed.

use super::html::escape;

/// The last section's body: `facts` by name, the `command`, and the `files` beside the page.
pub(super) fn origin(facts: &[(&str, String)], command: &str, files: &[&str]) -> String {
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value)))
        .collect();
    let files: Vec<String> = files.iter().map(|file| format!("<code>{file}</code>")).collect();
    format!(
        "<dl class=\"facts\">{facts}</dl><h3>To repeat it</h3><pre tabindex=\"0\"><code>{}</code></pre>\
         <footer>Every number on this page is in {} beside it.</footer>",
        escape(command),
        files.join(" and ")
    )
}
