//! The desk seen from outside: stories, random lives, a whole day. `office` is what they are told with, `books` is a
//! store that does what the module's documentation asks of one.

mod aside;
mod books;
mod crowd;
mod day;
mod lives;
mod matching;
mod offer;
mod office;
mod outlook;
mod overflow;
mod restored;
mod routing;
mod waiting;
