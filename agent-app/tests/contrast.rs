//! The colours of `shared/styles/tokens.css` can be read: text has 4.5:1 and marks of controls 3:1 on whatever they may
//! stand on, light and dark (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

type Colours = BTreeMap<String, [f64; 3]>;

fn colours(block: &str) -> Colours {
    let mut out = Colours::new();
    for line in block.lines() {
        let Some((name, rest)) = line.trim().split_once(": #") else { continue };
        let hex: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        let wide: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex };
        if name.starts_with("--") && wide.len() == 6 {
            let part = |n: usize| f64::from(u8::from_str_radix(&wide[n..n + 2], 16).unwrap_or(0)) / 255.0;
            out.insert(name.to_owned(), [part(0), part(2), part(4)]);
        }
    }
    out
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

fn contrast(colours: &Colours, one: &str, other: &str) -> f64 {
    let of = |name: &str| luminance(*colours.get(name).unwrap_or_else(|| panic!("no colour {name}")));
    let (one, other) = (of(one), of(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn all_pairs_can_be_read() {
    let css = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/styles/tokens.css"))
        .expect("the tokens are there");
    let blocks: Vec<&str> = css.split("@media").collect();
    let light = colours(blocks[0]);
    let dark = blocks.iter().find(|block| block.contains("scheme: dark)")).expect("there are dark colours");
    let mut dark_all = light.clone();
    dark_all.extend(colours(dark));

    for (scheme, colours) in [("light", light), ("dark", dark_all)] {
        let mut pairs = Vec::new();
        for text in
            ["--text", "--text-2", "--text-3", "--accent-text", "--good-text", "--warn-text", "--bad-text"]
        {
            for ground in ["--bg", "--bg-2", "--bg-3", "--bg-up"] {
                pairs.push((text.to_owned(), ground.to_owned(), 4.5));
            }
        }
        for kind in ["accent", "good", "warn", "bad"] {
            for text in ["--text".to_owned(), "--text-2".to_owned(), format!("--{kind}-text")] {
                pairs.push((text, format!("--{kind}-soft"), 4.5));
            }
        }
        for ground in ["--accent", "--accent-2"] {
            pairs.push(("--on-accent".to_owned(), ground.to_owned(), 4.5));
        }
        for mark in ["--edge", "--focus", "--good", "--warn", "--bad"] {
            for ground in ["--bg", "--bg-2"] {
                pairs.push((mark.to_owned(), ground.to_owned(), 3.0));
            }
        }
        for (one, other, least) in pairs {
            let found = contrast(&colours, &one, &other);
            assert!(found >= least, "{scheme}: {one} on {other} has {found:.2}:1, not {least}:1");
        }
    }
}
