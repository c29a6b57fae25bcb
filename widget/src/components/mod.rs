//! Small parts of the screen: what they show comes in as arguments, what happens goes out through callbacks.

pub mod avatar;
pub mod bubble;
pub mod icon;
pub mod strip;
