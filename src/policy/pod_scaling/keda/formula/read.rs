//! From the words of a formula to its tree.
//!
//! Knows: precedence, nesting and names. Must not know: values.

use super::words::{Word, words};
use super::{FUNCTIONS, Node, Value};

/// Deepest nesting.
const DEPTH_MAX: usize = 50;

/// Operators with two sides, and how tightly each binds.
const OPERATORS: [(&str, u16); 17] = [
    ("or", 10),
    ("||", 10),
    ("and", 15),
    ("&&", 15),
    ("==", 20),
    ("!=", 20),
    ("<", 20),
    (">", 20),
    ("<=", 20),
    (">=", 20),
    ("+", 30),
    ("-", 30),
    ("*", 60),
    ("/", 60),
    ("**", 100),
    ("^", 100),
    ("??", 500),
];
const NOT: u16 = 50;
const SIGN: u16 = 90;

/// A formula being read.
pub(super) struct Reader<'a> {
    words: Vec<Word<'a>>,
    next: usize,
    depth: usize,
    names: &'a [&'a str],
}

impl<'a> Reader<'a> {
    /// At the start of `text`, over triggers of these names.
    pub(super) fn new(text: &'a str, names: &'a [&'a str]) -> Result<Self, String> {
        Ok(Self {
            words: words(text)?,
            next: 0,
            depth: 0,
            names,
        })
    }

    /// All of it.
    pub(super) fn formula(mut self) -> Result<Node, String> {
        let node = self.choice()?;
        match self.peek() {
            Some(word) => Err(format!("`{word}` is not expected there")),
            None => Ok(node),
        }
    }

    fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.next).copied()
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.is_sign(sign));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let found = self
            .peek()
            .map_or("the end".to_owned(), |word| format!("`{word}`"));
        Err(format!("`{sign}` is expected, found {found}"))
    }

    /// `a ? b : c`, which binds least.
    fn choice(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        let condition = self.operation(0)?;
        let node = if self.take_sign("?") {
            let yes = self.choice()?;
            self.expect(":")?;
            Node::Choice(Box::new([condition, yes, self.choice()?]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    /// Operators that bind at least as tightly as `least`.
    fn operation(&mut self, least: u16) -> Result<Node, String> {
        let mut left = self.prefixed()?;
        while let Some((name, tightness)) = self.operator().filter(|&(_, tightness)| tightness >= least) {
            self.next += 1;
            // Powers group from the right.
            let right = if tightness == 100 {
                tightness
            } else {
                tightness + 1
            };
            left = Node::Binary(name, Box::new([left, self.operation(right)?]));
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(&'static str, u16)> {
        let word = self.peek()?;
        OPERATORS.iter().copied().find(|(name, _)| word.is(name))
    }

    fn prefixed(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        let word = self.peek().ok_or("it ends too early")?;
        let node = if word.is("!") || word.is("not") {
            self.next += 1;
            Node::Not(Box::new(self.operation(NOT)?))
        } else if word.is_sign("-") {
            self.next += 1;
            Node::Minus(Box::new(self.operation(SIGN)?))
        } else if word.is_sign("+") {
            self.next += 1;
            self.operation(SIGN)?
        } else {
            self.operand(word)?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn operand(&mut self, word: Word<'a>) -> Result<Node, String> {
        self.next += 1;
        match word {
            Word::Number(number) => Ok(Node::Constant(Value::Number(number))),
            Word::Sign("(") => {
                let node = self.choice()?;
                self.expect(")")?;
                Ok(node)
            }
            Word::Sign(sign) => Err(format!("`{sign}` is not expected there")),
            Word::Name("true") => Ok(Node::Constant(Value::Truth(true))),
            Word::Name("false") => Ok(Node::Constant(Value::Truth(false))),
            Word::Name("nil") => Ok(Node::Constant(Value::Nil)),
            Word::Name(name) if self.take_sign("(") => self.call(name),
            Word::Name(name) => match self.names.iter().position(|&known| known == name) {
                Some(index) => Ok(Node::Trigger(index)),
                None => Err(format!("no external trigger is named `{name}`")),
            },
        }
    }

    fn call(&mut self, name: &str) -> Result<Node, String> {
        let known = FUNCTIONS.iter().find(|(known, _)| *known == name);
        let Some(&(_, function)) = known else {
            let known: Vec<_> = FUNCTIONS.iter().map(|&(name, _)| name).collect();
            return Err(format!(
                "the function `{name}` is not supported; supported are {}",
                known.join(", ")
            ));
        };
        let list = function.takes_many() && self.take_sign("[");
        let mut arguments = vec![self.choice()?];
        while function.takes_many() && self.take_sign(",") {
            arguments.push(self.choice()?);
        }
        if list {
            self.expect("]")?;
        }
        self.expect(")")?;
        Ok(Node::Call(function, arguments))
    }
}
