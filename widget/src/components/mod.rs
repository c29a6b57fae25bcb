//! Small parts of the screen: what they show comes in as arguments.

pub mod avatar;
pub mod icon;
