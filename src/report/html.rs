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
        let value = serde_json::json!({"name": "</script><!--"});
        let json = script_json(&value);
        assert!(!json.contains('<') && !json.contains('>'), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
