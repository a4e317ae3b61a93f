//! Findings: what to change, under the startups that call for it.

use super::{
    Cell, Context, Page,
    evidence::{self, Proof},
    style, words,
};
use crate::model::report::Finding;
use std::io;

/// Writes the findings of a service.
pub(super) fn write(page: &mut Page, findings: &[Finding], context: &Context) -> io::Result<()> {
    for finding in findings {
        page.separate()?;
        let colour = style::severity(finding.severity);
        page.row(
            2,
            4,
            1,
            &[
                Cell::new(finding.id, style::STRONG),
                Cell::new(format!("{}:", words::severity(finding.severity)), colour),
                Cell::new(finding.title, style::STRONG),
            ],
        )?;
        if !finding.detail.trim().is_empty() {
            page.paragraph(6, 6, "", &finding.detail)?;
        }
        let proof = Proof {
            day_of: None,
            indent: 8,
            limit: if context.verbose { usize::MAX } else { 3 },
        };
        evidence::write(page, &finding.evidence, &proof, context)?;
        page.paragraph(6, 8, "fix:", finding.remedy)?;
    }
    Ok(())
}
