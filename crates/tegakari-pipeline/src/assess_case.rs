//! Reports and a hunt → an assessment.

use tegakari_assess::{Case, assess};
use tegakari_model::{Assessment, BlockPlan, HuntResult, Report};

/// Weighs who it may be with the knowledge in the program.
pub fn assess_case(
    reports: &[Report],
    hunt: Option<&HuntResult>,
    block: Option<&BlockPlan>,
) -> Assessment {
    assess(
        &Case {
            reports,
            hunt,
            block,
        },
        crate::knowledge(),
    )
}
