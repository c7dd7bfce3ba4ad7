//! The report: figures and quality of everything and of each operator, for the command line.

use storage::daily::Days;
use storage::figures::Scope;

use super::daily::Figures;
use super::quality::Quality;
use crate::app::App;

/// The report of a period.
#[derive(Clone, Debug)]
pub struct Report {
    /// The days, both included.
    pub period: Days,
    /// Figures of everything.
    pub all: Figures,
    /// Figures and quality of each operator, sorted by e-mail address.
    pub operators: Vec<(Quality, Figures)>,
}

impl App {
    /// The report of a period.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn report_of(&self, period: Days) -> storage::Result<Report> {
        let all = self.figures_of(&[Scope::All], period).await?.total;
        let mut operators = Vec::new();
        for quality in self.qualities(None, period).await? {
            let scopes = [Scope::Operator(quality.operator.id)];
            operators.push((quality, self.figures_of(&scopes, period).await?.total));
        }
        Ok(Report { period, all, operators })
    }
}
