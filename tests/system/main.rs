//! Whole-system tests: they drive the real `loa` over its command line and HTTP, against
//! simulated portals. A module a subject.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod accounts;
mod alerts;
mod archive;
mod browser;
mod certificate;
mod command;
mod crawl;
mod demo;
mod evidence;
mod export;
mod faults;
mod feed;
mod golden;
mod http;
mod injection;
mod judged;
mod kill;
mod language;
mod lies;
mod loa;
mod load;
mod mail_server;
mod misbehaviour;
mod officials;
mod operator;
mod outside;
mod page;
mod profile;
mod rebuild;
mod receiver;
mod reference;
mod removal;
mod schema;
mod seed;
mod supply;
mod tidy;
mod tls;
mod upgrade;
mod versions;
mod warc;
