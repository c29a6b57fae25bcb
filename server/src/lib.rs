//! Deskbell's server as a library: the binary and the tests are built on it.

pub mod app;
pub mod application;
pub mod assets;
pub mod auth;
pub mod backtest;
pub mod backup;
pub mod bus;
pub mod cli;
pub mod config;
pub mod control;
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod hours;
pub mod html;
pub mod http;
pub mod language;
pub mod limits;
pub mod log;
pub mod mail;
pub mod meter;
pub mod metrics;
pub mod relay;
pub mod secret_file;
pub mod store;
