//! Who somebody is at a glance: a picture, or letters on one of eight tints.

use yew::prelude::*;

/// What a face shows.
#[derive(Clone, PartialEq, Properties)]
pub struct FaceProps {
    /// Which tint, 0 to 7.
    pub tint: usize,
    /// The letters.
    pub letters: AttrValue,
    /// The address of a picture, which hides the letters.
    #[prop_or_default]
    pub picture: Option<AttrValue>,
    /// `face-small` or `face-big`, or neither.
    #[prop_or_default]
    pub size: &'static str,
}

/// A face. Decoration: the name always stands beside it.
#[function_component(Face)]
pub fn face(props: &FaceProps) -> Html {
    const TINTS: [&str; 8] =
        ["tint-0", "tint-1", "tint-2", "tint-3", "tint-4", "tint-5", "tint-6", "tint-7"];
    let inside = match &props.picture {
        Some(picture) => html! { <img src={picture.clone()} alt="" /> },
        None => html! { {props.letters.clone()} },
    };
    html! { <span class={classes!("face", TINTS[props.tint % 8], props.size)} aria-hidden="true">{inside}</span> }
}
