//! The contrast of a site's colour with what stands on it and around it, as WCAG 2.2 counts it. Pure, and used by the
//! server alone: what it writes into the loader, the chat and the plain form is what the owner's preview shows.
//!
//! Whatever the colour, two things hold (the test below goes through all 16,777,216):
//! - Black or white, whichever `ink_on` gives, is 4.5:1 or more on it. So is it for text, and for the icon of the launcher.
//! - On a white page as on a black one, the colour or its ink is 3:1 or more. So a launcher with a rim in its ink is seen on
//!   both, and so is a focus ring of the two.

/// Of text (1.4.3).
pub const TEXT_CONTRAST_MIN: f64 = 4.5;
/// Of what is not text (1.4.11).
pub const SHAPE_CONTRAST_MIN: f64 = 3.0;

/// Black or white, whichever contrasts more with a colour written `#rrggbb`.
pub fn ink_on(colour: &str) -> &'static str {
    if contrast(colour, BLACK) > contrast(colour, WHITE) { BLACK } else { WHITE }
}

/// The other one of the two.
pub fn far_from(ink: &str) -> &'static str {
    if ink == BLACK { WHITE } else { BLACK }
}

/// The contrast of two colours, from 1 to 21.
pub fn contrast(one: &str, other: &str) -> f64 {
    ratio(luminance(rgb(one)), luminance(rgb(other)))
}

const BLACK: &str = "#000000";
const WHITE: &str = "#ffffff";

fn ratio(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance.
fn luminance([red, green, blue]: [u8; 3]) -> f64 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn rgb(colour: &str) -> [u8; 3] {
    let channel = |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
    [1, 3, 5].map(|at| channel(at).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_can_be_read_on_and_seen_on_light_and_dark_pages() {
        let linear: Vec<f64> = (0..=255).map(linear).collect();
        let (black, white) = (luminance([0; 3]), luminance([255; 3]));
        let mut least = (f64::MAX, f64::MAX);
        for red in &linear {
            for green in &linear {
                for blue in &linear {
                    let colour = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
                    let (on_black, on_white) = (ratio(colour, black), ratio(colour, white));
                    // The choice of `ink_on`.
                    let (ink, text) = if on_black > on_white { (black, on_black) } else { (white, on_white) };
                    let seen = |page: f64| ratio(colour, page).max(ratio(ink, page));
                    least = (least.0.min(text), least.1.min(seen(black)).min(seen(white)));
                }
            }
        }
        assert!(least.0 >= TEXT_CONTRAST_MIN, "text on the worst colour: {}", least.0);
        assert!(least.1 >= SHAPE_CONTRAST_MIN, "the worst launcher on its worst page: {}", least.1);
    }

    #[test]
    fn ink_is_the_one_that_contrasts_more() {
        for (colour, ink) in [
            ("#000000", WHITE),
            ("#ffffff", BLACK),
            ("#2b6cb0", WHITE),
            ("#ffd400", BLACK),
            ("#767676", BLACK),
        ] {
            assert_eq!(ink_on(colour), ink, "{colour}");
            assert!(
                contrast(colour, ink) >= TEXT_CONTRAST_MIN
                    && contrast(colour, ink) >= contrast(colour, far_from(ink))
            );
        }
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 1e-9);
        assert!((contrast("#767676", "#ffffff") - 4.54).abs() < 0.01, "the grey of the textbooks");
    }
}
