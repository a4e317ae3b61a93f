//! The colours of the page, light and dark, and the promise that they can be told from what is behind them.

/// One colour of the page: its CSS variable, on a light page and on a dark one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colour {
    pub(super) name: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

/// All but the colours of causes, which are in [`marks`](crate::report::marks).
pub(super) const COLOURS: [Colour; 13] = [
    // Behind everything.
    colour("page", "#ffffff", "#14171d"),
    // Behind cards, tables' heads and lanes.
    colour("card", "#f4f6f9", "#1c212a"),
    colour("text", "#1a1d23", "#e7eaf0"),
    colour("quiet", "#545b69", "#a9b1bf"),
    colour("link", "#0b57c4", "#8ab8ff"),
    // Around cards and between rows; says nothing.
    colour("line", "#d3d9e2", "#363d4a"),
    // What can be operated, and what has the focus.
    colour("edge", "#6b7483", "#8c95a4"),
    colour("focus", "#0b57c4", "#ffd166"),
    colour("run", "#7c8798", "#6f7a8c"),
    colour("hatch", "#838b99", "#727b8a"),
    colour("bad", "#b3261e", "#ff9187"),
    colour("warn", "#8a5000", "#f3c26b"),
    colour("good", "#1b6b3a", "#6fd39a"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Cause, report::marks};

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        assert!(hex.len() == 7 && hex.starts_with('#'), "{hex}");
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn named(name: &str) -> Colour {
        COLOURS
            .into_iter()
            .find(|colour| colour.name == name)
            .unwrap()
    }

    #[track_caller]
    fn assert_contrast(front: Colour, back: Colour, least: f64) {
        for (front_hex, back_hex) in [(front.light, back.light), (front.dark, back.dark)] {
            let found = contrast(front_hex, back_hex);
            assert!(
                found >= least,
                "{} {front_hex} on {} {back_hex}: {found:.2}, less than {least}",
                front.name,
                back.name
            );
        }
    }

    #[test]
    fn the_formula_is_that_of_wcag() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
    }

    #[test]
    fn text_has_a_contrast_of_4_5_and_signs_of_3() {
        for back in ["page", "card"] {
            let back = named(back);
            for text in ["text", "quiet", "link", "bad", "warn", "good"] {
                assert_contrast(named(text), back, 4.5);
            }
            for sign in ["edge", "focus", "run", "hatch"] {
                assert_contrast(named(sign), back, 3.0);
            }
            for cause in Cause::ALL {
                let mark = marks::mark_for(cause);
                // Names of causes are written in their colour, too.
                assert_contrast(colour(cause.name(), mark.light, mark.dark), back, 4.5);
            }
        }
    }
}
