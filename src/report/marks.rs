//! The mark of each cause: one shape and one colour, the same in the terminal and on the page. No two
//! causes share a shape, so nothing is said by colour alone.

use crate::model::Cause;

/// How a cause is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In a terminal that shows Unicode; one column wide.
    pub(crate) glyph: char,
    /// In a terminal that does not.
    pub(crate) ascii: char,
    /// An SVG path around the origin, 16 units wide, filled by the even-odd rule.
    pub(crate) path: &'static str,
    /// The colour on a light page, `#rrggbb`.
    pub(crate) light: &'static str,
    /// The colour on a dark page.
    pub(crate) dark: &'static str,
}

/// The mark of `cause`.
pub(crate) fn mark_for(cause: Cause) -> Mark {
    let (glyph, ascii, light, dark, path) = match cause {
        Cause::FirstStart => ('○', 'o', "#1b6b3a", "#6fd39a", RING),
        Cause::FirstSeen => ('◌', '.', "#3f6b52", "#a5cdb6", SMALL_RING),
        Cause::DeploymentReplacement => ('■', 'A', "#1d55b0", "#8ab8ff", SQUARE),
        Cause::ScaleOut => ('□', '+', "#0b6577", "#63cfe3", HOLLOW_SQUARE),
        Cause::HostAutomationRestart => ('▲', 'B', "#b3261e", "#ff9187", TRIANGLE),
        Cause::HealthRestart => ('✚', 'h', "#9c2f66", "#f59ac6", PLUS),
        Cause::ManualRestart => ('●', 'm', "#6d4600", "#e6bd7a", DISC),
        Cause::RestartPolicy => ('▼', 'r', "#a04300", "#ffa75e", TRIANGLE_DOWN),
        Cause::OomRestart => ('✖', '!', "#8f1616", "#ff8080", CROSS),
        Cause::EngineRestart => ('◆', 'E', "#573aa5", "#b9a4ff", DIAMOND),
        Cause::WorkerProcess => ('▸', 'w', "#47505e", "#b4bfd0", TRIANGLE_RIGHT),
        Cause::DevReload => ('◇', 'd', "#0c665f", "#6ad6c9", HOLLOW_DIAMOND),
        Cause::SupervisorRestart => ('▽', 's', "#834009", "#f2b179", HOLLOW_TRIANGLE_DOWN),
        Cause::InProcessDuplicate => ('★', 'X', "#b01038", "#ff8aa5", STAR),
        Cause::PoolReconnect => ('☆', 'p', "#2b6718", "#9ad67f", HOLLOW_STAR),
        Cause::DuplicateIngest => ('◎', '=', "#5a6170", "#aab3c2", TARGET),
        Cause::Unknown => ('?', '?', "#4f4a5c", "#cfc8de", QUESTION),
    };
    Mark {
        glyph,
        ascii,
        path,
        light,
        dark,
    }
}

const DISC: &str = "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0Z";
const RING: &str = "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0ZM-4 0a4 4 0 1 1 8 0a4 4 0 1 1-8 0Z";
const SMALL_RING: &str = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0ZM-2 0a2 2 0 1 1 4 0a2 2 0 1 1-4 0Z";
const TARGET: &str = "M-7.5 0a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0-15 0ZM-5 0a5 5 0 1 1 10 0a5 5 0 1 1-10 0Z\
    M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0Z";
const SQUARE: &str = "M-6.5-6.5H6.5V6.5H-6.5Z";
const HOLLOW_SQUARE: &str = "M-6.5-6.5H6.5V6.5H-6.5ZM-3.5-3.5V3.5H3.5V-3.5Z";
const TRIANGLE: &str = "M0-7.5L7.5 6.5H-7.5Z";
const TRIANGLE_DOWN: &str = "M0 7.5L7.5-6.5H-7.5Z";
const HOLLOW_TRIANGLE_DOWN: &str = "M0 8L8-7H-8ZM0 2.5L-3.5-4.2H3.5Z";
const TRIANGLE_RIGHT: &str = "M-5-7L7 0L-5 7Z";
const PLUS: &str = "M-2.5-7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z";
const CROSS: &str = "M-7-4L-4-7L0-3L4-7L7-4L3 0L7 4L4 7L0 3L-4 7L-7 4L-3 0Z";
const DIAMOND: &str = "M0-8L7 0L0 8L-7 0Z";
const HOLLOW_DIAMOND: &str = "M0-8.5L7.5 0L0 8.5L-7.5 0ZM0-4L-3.5 0L0 4L3.5 0Z";
const STAR: &str =
    "M0-8L2-2.75L7.61-2.47L3.23 1.05L4.7 6.47L0 3.4L-4.7 6.47L-3.23 1.05L-7.61-2.47L-2-2.75Z";
const HOLLOW_STAR: &str = "M0-8L2-2.75L7.61-2.47L3.23 1.05L4.7 6.47L0 3.4L-4.7 6.47L-3.23 1.05L-7.61-2.47L-2-2.75Z\
    M0-3.6L.9-1.24L3.42-1.11L1.45.47L2.12 2.91L0 1.53L-2.12 2.91L-1.45.47L-3.42-1.11L-.9-1.24Z";
const QUESTION: &str = "M-4.7-3.5C-4.7-6.5-2.4-8 0-8C2.7-8 4.8-6.3 4.8-3.8C4.8-1.6 3.4-.6 1.6.6V2.8H-1.6V-.9\
    C.6-2.2 1.7-2.8 1.7-3.9C1.7-4.9.9-5.4 0-5.4C-1-5.4-1.7-4.8-1.7-3.5ZM-1.7 4.6H1.7V7.8H-1.7Z";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_causes_share_a_shape() {
        let marks: Vec<Mark> = Cause::ALL.into_iter().map(mark_for).collect();
        let distinct = |feature: &dyn Fn(&Mark) -> String| {
            marks.iter().map(feature).collect::<BTreeSet<_>>().len() == marks.len()
        };
        assert!(distinct(&|mark| mark.glyph.to_string()));
        assert!(distinct(&|mark| mark.ascii.to_string()));
        assert!(distinct(&|mark| mark.path.to_owned()));
        for mark in marks {
            assert!(mark.ascii.is_ascii_graphic());
            assert_eq!(unicode_width::UnicodeWidthChar::width(mark.glyph), Some(1));
        }
    }
}
