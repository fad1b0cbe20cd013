//! How much of what strangers send is taken.

/// Longest name of a namespace, an option or a resource, in bytes: the API's own bound of a resource's name.
pub const NAME: usize = 256;

/// Longest value, in bytes. A property becomes one text `NAME=VALUE` of a program's environment, and Linux takes none
/// longer than 32 pages (`MAX_ARG_STRLEN`).
pub const VALUE: usize = 128 * 1024 - NAME - 2;

/// All properties of an environment together, in bytes. A program's arguments and environment share a quarter of its
/// stack's limit, which is 2 MiB with the usual 8; half of it is left to the image's own and to the arguments. AWS's
/// own bound is 4,096 bytes.
pub const PROPERTIES: usize = 1024 * 1024;

/// Most processes, listeners, rules, policies or scheduled actions of one environment: an application load balancer of
/// AWS has at most 100 rules and target groups.
pub const MEMBERS: usize = 100;

/// Longest cron expression, in bytes: sixty minutes listed one by one in each of five fields.
pub const CRON: usize = 1024;
