//! The shapes of Amazon's services, made by `cargo xtask codegen`. Do not edit.
//!
//! Names are those of Amazon's API references, which say what they mean.
#![allow(missing_docs)]

pub mod acm;
pub mod autoscaling;
pub mod cloudwatch;
pub mod ec2;
pub mod elasticbeanstalk;
pub mod elbv2;
pub mod iam;
pub mod logs;
pub mod rds;
pub mod sqs;
pub mod sts;

/// Every model.
pub static MODELS: &[&crate::codec::shape::Model] = &[
    &acm::MODEL,
    &autoscaling::MODEL,
    &cloudwatch::MODEL,
    &ec2::MODEL,
    &elasticbeanstalk::MODEL,
    &elbv2::MODEL,
    &iam::MODEL,
    &logs::MODEL,
    &rds::MODEL,
    &sqs::MODEL,
    &sts::MODEL,
];

#[cfg(test)]
pub(crate) static FORMS: &[&[crate::codec::Form]] = &[
    acm::operation::FORMS,
    autoscaling::operation::FORMS,
    cloudwatch::operation::FORMS,
    ec2::operation::FORMS,
    elasticbeanstalk::operation::FORMS,
    elbv2::operation::FORMS,
    iam::operation::FORMS,
    logs::operation::FORMS,
    rds::operation::FORMS,
    sqs::operation::FORMS,
    sts::operation::FORMS,
];
