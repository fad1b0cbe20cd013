//! Amazon's protocols: signatures, the codecs, and one module a service.
//!
//! What this crate does not know: containers. It decides nothing.
//!
//! A request comes in by `server`, is verified by `sign`, read by `codec` with the shapes of `generated`, allowed by
//! `access`, and done by a [`service::Service`].
#![forbid(unsafe_code)]

pub mod access;
pub mod acm;
pub mod answer;
pub mod autoscaling;
mod call;
pub mod cloudwatch;
pub mod codec;
pub mod ec2;
pub mod elasticbeanstalk;
pub mod elbv2;
pub mod error;
pub mod generated;
pub mod iam;
pub mod limits;
pub mod logs;
mod parts;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod server;
pub mod service;
pub mod sign;
pub mod sqs;
pub mod sts;

#[cfg(test)]
mod tests;
