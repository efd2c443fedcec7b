//! Pieces of the pages: sections, pictures and tables.

use crate::report::html::escape;
use crate::report::repeat;

/// A section with a heading; nothing for an empty body.
pub(super) fn section(id: &str, title: &str, body: &str) -> String {
    match body {
        "" => String::new(),
        body => format!(
            "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>{body}</section>",
            escape(title)
        ),
    }
}

/// The head of a page: what it is about, and the answer.
pub(super) fn head(title: &str, answer: &str) -> String {
    format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header>",
        escape(title),
        escape(answer)
    )
}

/// What is worth saying below the answer.
pub(super) fn in_short(sentences: &[String]) -> String {
    let sentences: String = sentences
        .iter()
        .map(|sentence| format!("<li>{}</li>", escape(sentence)))
        .collect();
    format!(
        "<section aria-labelledby=\"h-short\"><h2 id=\"h-short\" class=\"unseen\">In short</h2>\
         <ul class=\"sentences\">{sentences}</ul></section>"
    )
}

/// A picture that may be wider than the page.
pub(super) fn picture(svg: Option<String>, what: &str) -> String {
    svg.map_or_else(String::new, |svg| {
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{svg}</div>",
            escape(what)
        )
    })
}

/// A table; the columns from `numbers` on are numbers. Nothing without rows.
pub(super) fn table(
    what: &str,
    header: &[&str],
    numbers: usize,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let class = |column: usize| if column >= numbers { " class=\"n\"" } else { "" };
    let head: String = header
        .iter()
        .enumerate()
        .map(|(column, name)| format!("<th scope=\"col\"{}>{}</th>", class(column), escape(name)))
        .collect();
    let row = |cells: Vec<String>| -> String {
        let cells = cells.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("<th scope=\"row\">{}</th>", escape(cell)),
            _ => format!("<td{}>{}</td>", class(column), escape(cell)),
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = rows.into_iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        escape(what)
    )
}

/// How it all came about.
pub(super) fn origin(facts: &[(&str, String)], command: &str, files: &[&str]) -> String {
    section(
        "h-origin",
        "How this came about",
        &repeat::origin(facts, command, files),
    )
}
