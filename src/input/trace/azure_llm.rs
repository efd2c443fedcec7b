//! The Azure LLM inference traces: one request a row, with its tokens.
//!
//! Knows: `TIMESTAMP,ContextTokens,GeneratedTokens` (<https://github.com/Azure/AzurePublicDataset>; Patel et al.,
//! Splitwise, ISCA 2024). Must not know: how a model serves tokens; demand is a linear cost the caller states.

use std::path::Path;

use super::requests::{RequestTrace, Row, RowFormat};
use super::{TraceError, Trouble, fields};
use crate::engine::Span;

const HEADER: [&str; 3] = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"];

/// Demand from tokens: base + context tokens × `per_context_token` + generated tokens × `per_generated_token`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenCost {
    /// What every request costs.
    pub base: Span,
    /// Seconds for each token of context.
    pub per_context_token: f64,
    /// Seconds for each token generated.
    pub per_generated_token: f64,
}

impl TokenCost {
    /// The demand of one request, rounded to the nanosecond.
    #[must_use]
    pub fn demand(&self, context: u32, generated: u32) -> Span {
        let tokens =
            f64::from(context) * self.per_context_token + f64::from(generated) * self.per_generated_token;
        self.base + Span::from_secs_f64(tokens)
    }
}

/// An Azure LLM inference trace. Times count from its first row.
pub type AzureLlmTrace = RequestTrace<AzureLlmRows>;

/// How rows of an Azure LLM inference trace are read.
#[derive(Clone, Debug)]
pub struct AzureLlmRows {
    cost: TokenCost,
}

impl AzureLlmTrace {
    /// Reads and checks the whole file.
    ///
    /// # Errors
    /// Everything that is wrong with the file, row by row.
    pub fn azure_llm(path: &Path, cost: TokenCost) -> Result<Self, TraceError> {
        Self::validated(path, None, |header| {
            if fields::Fields::of(header).eq(HEADER) {
                Ok(AzureLlmRows { cost })
            } else {
                Err(Trouble::text(header, format!("the header {}", HEADER.join(","))))
            }
        })
    }
}

impl RowFormat for AzureLlmRows {
    fn row(&self, line: &str) -> Result<Row, Trouble> {
        let mut columns = fields::Fields::of(line);
        let (Some(at), Some(context), Some(generated), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            return Err(Trouble::text(
                line,
                "3 fields: a time, context tokens, generated tokens",
            ));
        };
        let demand = self
            .cost
            .demand(fields::count(&context)?, fields::count(&generated)?);
        Ok(Row {
            at: fields::date_nanos(&at)?,
            class: None,
            demand: Some(demand),
        })
    }

    fn time_text(&self, line: &str) -> String {
        fields::Fields::of(line).next().unwrap_or_default().into_owned()
    }
}
