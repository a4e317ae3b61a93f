//! classify

pub mod causes;
pub mod finding_rows;
