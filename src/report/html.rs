//! Text made safe for HTML, SVG and script elements.
//!
//! Knows what those languages treat specially. Must not know what the text is about.

/// Text for an element's content or a quoted attribute; control characters are left out, XML allows none.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A scenario's story as an element; nothing for an empty one. Words between backticks are shown as code, as whoever
/// wrote the scenario file meant them.
#[must_use]
pub fn story(story: &str) -> String {
    if story.is_empty() {
        return String::new();
    }
    let pieces: Vec<String> = story.split('`').map(escape).collect();
    let (mut html, last) = (String::from("<p class=\"story\">"), pieces.len() - 1);
    for (place, piece) in pieces.iter().enumerate() {
        match place {
            0 => html.push_str(piece),
            // The last of an odd number of backticks closes nothing: it is a backtick.
            odd if odd % 2 == 1 && odd == last => html.extend(["`", piece]),
            odd if odd % 2 == 1 => html.extend(["<code>", piece, "</code>"]),
            _ => html.push_str(piece),
        }
    }
    html + "</p>"
}

/// JSON for the content of a script element: nothing in it can end the element or start a comment.
#[must_use]
pub fn script_json(value: &serde_json::Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_text() {
        assert_eq!(
            escape("</script><b a='\"&\u{1b}[31m"),
            "&lt;/script&gt;&lt;b a=&#39;&quot;&amp;[31m"
        );
        assert_eq!(
            story("with `--seed <1>` or `x"),
            "<p class=\"story\">with <code>--seed &lt;1&gt;</code> or `x</p>"
        );
        assert_eq!(story(""), "");
        let value = serde_json::json!({"name": "</script><!--"});
        let json = script_json(&value);
        assert!(!json.contains('<') && !json.contains('>'), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
