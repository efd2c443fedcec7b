//! Why a policy decided: typed values, rendered for people late.
//!
//! A decision carries a [`Reason`]: a kind (a static sentence with gaps) and the values for the gaps. Nothing is
//! formatted until somebody reads it, and two reasons of one kind can be told to be the same reason again. A reason may
//! rest on another one: what bound the decision, because of what was measured.

use crate::engine::Span;
use crate::model::units::{MetricQuantity, form};
use std::fmt::Write;
use std::sync::Arc;

/// A kind of reason: a stable code and a sentence with gaps. `{name}` shows a value, `{name:pod|pods}` a count with the
/// noun that goes with it, and `{name?waits|wait}` only the word that does.
#[derive(Debug, PartialEq, Eq)]
pub struct ReasonKind {
    /// Stable, for filters and tests.
    pub code: &'static str,
    /// For people.
    pub sentence: &'static str,
}

/// A value in a reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A count.
    Count(u64),
    /// A share, printed as a percentage.
    Share(f64),
    /// Any other number.
    Number(f64),
    /// An amount of whatever a metric counts.
    Quantity(MetricQuantity),
    /// A length of time.
    Span(Span),
    /// A name known at compile time.
    Word(&'static str),
    /// A name from the scenario; shared, so that a reason is cheap to make.
    Name(Arc<str>),
}

const VALUES_MAX: usize = 8;

/// Why.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    kind: &'static ReasonKind,
    values: [Option<(&'static str, Value)>; VALUES_MAX],
    because: Option<Arc<Reason>>,
}

impl Reason {
    /// A reason whose gaps are still empty.
    #[must_use]
    pub const fn new(kind: &'static ReasonKind) -> Self {
        Self {
            kind,
            values: [const { None }; VALUES_MAX],
            because: None,
        }
    }

    /// Fills the gap called `name`. A ninth value is dropped: a sentence has at most eight gaps.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        if let Some(free) = self.values.iter_mut().find(|slot| slot.is_none()) {
            *free = Some((name, value));
        }
        self
    }

    /// Rests it on `cause`, which is rendered after it.
    #[must_use]
    pub fn because(mut self, cause: Self) -> Self {
        self.because = Some(Arc::new(cause));
        self
    }

    /// The reason it rests on.
    #[must_use]
    pub fn cause(&self) -> Option<&Self> {
        self.because.as_deref()
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static ReasonKind {
        self.kind
    }

    /// The sentence with its gaps filled, and those of the reasons it rests on.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(self.kind.sentence.len() + 16);
        let mut rest = self.kind.sentence;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push('{');
                rest = after;
                continue;
            };
            self.fill(&mut text, name);
            rest = after;
        }
        text.push_str(rest);
        if let Some(cause) = &self.because {
            text.push_str(": ");
            text.push_str(&cause.render());
        }
        text
    }

    /// Writes what belongs into a gap.
    fn fill(&self, text: &mut String, gap: &str) {
        let (name, words) = gap.split_once([':', '?']).unwrap_or((gap, ""));
        let value = self.values.iter().flatten().find(|(known, _)| *known == name);
        let Some((_, value)) = value else {
            text.push('?');
            return;
        };
        let Some((one, many)) = words.split_once('|') else {
            write_value(text, value);
            return;
        };
        if gap[name.len()..].starts_with(':') {
            write_value(text, value);
            text.push(' ');
        }
        let is_one = *value == Value::Count(1);
        text.push_str(form(u64::from(is_one), one, many));
    }
}

fn write_value(text: &mut String, value: &Value) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Count(count) => write!(text, "{count}"),
        Value::Share(share) => write!(text, "{:.1}%", *share * 100.0),
        Value::Number(number) => write!(text, "{number:.2}"),
        Value::Quantity(quantity) => write!(text, "{quantity}"),
        Value::Span(span) => write!(text, "{span}"),
        Value::Word(word) => write!(text, "{word}"),
        Value::Name(name) => write!(text, "{name}"),
    };
}

#[cfg(test)]
mod tests {
    use super::{Reason, ReasonKind, Span, Value};

    #[test]
    fn the_sentence_is_filled_in_and_a_missing_value_shows() {
        static KIND: ReasonKind = ReasonKind {
            code: "above",
            sentence: "{metric} is {value}, above {target} for {span} at {load}",
        };
        let reason = Reason::new(&KIND)
            .with("metric", Value::Word("cpu"))
            .with("value", Value::Share(0.8349))
            .with("target", Value::Share(0.7))
            .with("span", Value::Span(Span::from_secs(90)));
        assert_eq!(reason.render(), "cpu is 83.5%, above 70.0% for 1m30s at ?");
    }

    #[test]
    fn nouns_and_verbs_go_with_their_counts() {
        static KIND: ReasonKind = ReasonKind {
            code: "pending",
            sentence: "{pods:pod|pods} of {pods} {pods?waits|wait}; {nodes:node|nodes}, {none:pod|pods}",
        };
        let told = |pods, nodes| {
            let reason = Reason::new(&KIND).with("pods", Value::Count(pods));
            reason.with("nodes", Value::Count(nodes)).render()
        };
        assert_eq!(told(1, 2), "1 pod of 1 waits; 2 nodes, ?");
        assert_eq!(told(3, 1), "3 pods of 3 wait; 1 node, ?");
    }

    #[test]
    fn a_reason_is_told_with_what_it_rests_on() {
        static BOUND: ReasonKind = ReasonKind {
            code: "at_max",
            sentence: "limited to {max}",
        };
        static MEASURED: ReasonKind = ReasonKind {
            code: "measured",
            sentence: "{metric} asks for {wanted}",
        };
        let measured = Reason::new(&MEASURED)
            .with("metric", Value::Name("queue_length".into()))
            .with("wanted", Value::Count(9));
        let reason = Reason::new(&BOUND).with("max", Value::Count(5)).because(measured);
        assert_eq!(reason.render(), "limited to 5: queue_length asks for 9");
        assert_eq!(reason.kind().code, "at_max");
    }
}
