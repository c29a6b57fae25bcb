//! The relay as its clients meet it: the real binary on SQLite, over real sockets.

#![allow(missing_docs)]

mod access;
mod attention;
mod audit;
mod backup;
mod board;
mod chat;
mod choice;
mod choices;
mod desk;
mod doctor;
mod drafts;
mod durability;
mod edits;
mod files;
mod filing;
mod going;
mod hostile;
mod identity;
mod kill;
mod matching;
mod metrics;
mod notes;
mod rights;
mod routes;
mod rules;
mod search;
mod second_step;
mod silence;
mod slow;
mod support;
mod tools;
mod views;
