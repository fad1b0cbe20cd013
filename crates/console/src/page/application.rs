//! Applications and their versions.

use askama::Template;
use aws_api::s3::xml::Element;
use http::StatusCode;
use serde_json::{Value, json};
use words::hex;

use super::action::{Doing, Field, Plan, carry, choices, chosen, values};
use super::environment::{self, Environment};
use super::{Frame, escaped, moment, show};
use crate::answer::{self, Answer};
use crate::aws::Members;
use crate::command::{Operation, quote, setting};
use crate::error::Error;
use crate::form::Form;
use crate::limits;
use crate::server::Visit;
use crate::upload::Upload;

const SECTION: &str = "Applications";

/// An application as lists show it.
struct Application {
    name: String,
    path: String,
    description: String,
    versions: usize,
    environments: Vec<Environment>,
    updated: String,
}

/// A version.
struct Version {
    label: String,
    path: String,
    description: String,
    status: String,
    source: String,
    created: String,
}

#[derive(Template)]
#[template(path = "applications.html")]
struct All {
    frame: Frame,
    applications: Vec<Application>,
}

#[derive(Template)]
#[template(path = "application.html")]
struct One {
    frame: Frame,
    application: Application,
    versions: Vec<Version>,
}

#[derive(Template)]
#[template(path = "upload.html")]
struct Uploading {
    frame: Frame,
    name: String,
    path: String,
    label: String,
    description: String,
    lines: Vec<String>,
    error: Option<(String, String)>,
}

fn path(name: &str) -> String {
    format!("/applications/{}", escaped(name))
}

fn told(element: &Element, environments: &[Environment]) -> Application {
    let name = element.at("ApplicationName");
    Application {
        name: name.into(),
        path: path(name),
        description: element.at("Description").into(),
        versions: element.list("Versions").count(),
        environments: environments.iter().filter(|one| one.application == name).cloned().collect(),
        updated: moment(element.at("DateUpdated")),
    }
}

/// `/applications`
pub(crate) async fn all(visit: &Visit) -> Result<Answer, Error> {
    let listed = visit.ask(&Operation::eb("DescribeApplications")).await?;
    let environments = environment::living(visit, None).await?;
    show(&All {
        frame: Frame::new("Applications", SECTION, Some(visit.session.clone())),
        applications: listed.list("Applications").map(|element| told(element, &environments)).collect(),
    })
}

async fn find(visit: &Visit, name: &str) -> Result<Application, Error> {
    let missing = || Error::Missing { noun: "application", name: name.into() };
    let operation = Operation::eb("DescribeApplications").with("ApplicationNames", json!([name]));
    let listed = visit.ask(&operation).await.map_err(|error| if error.is_no_name() { missing() } else { error })?;
    let Some(found) = listed.list("Applications").next() else { return Err(missing()) };
    Ok(told(found, &environment::living(visit, Some(name)).await?))
}

/// `/applications/NAME`
pub(crate) async fn one(visit: &Visit, name: &str) -> Result<Answer, Error> {
    let application = find(visit, name).await?;
    let listed = visit.ask(&Operation::eb("DescribeApplicationVersions").with("ApplicationName", name)).await?;
    let versions = listed.list("ApplicationVersions").map(|element| {
        let label = element.at("VersionLabel");
        let bundle =
            element.child("SourceBundle").map(|bundle| format!("{}/{}", bundle.at("S3Bucket"), bundle.at("S3Key")));
        Version {
            label: label.into(),
            path: format!("{}/versions/{}", path(name), escaped(label)),
            description: element.at("Description").into(),
            status: element.at("Status").into(),
            source: bundle.unwrap_or_default(),
            created: moment(element.at("DateCreated")),
        }
    });
    show(&One {
        frame: Frame::new(name, SECTION, Some(visit.session.clone())),
        versions: versions.collect(),
        application,
    })
}

/// What an environment may be called for an application of this name: letters, digits and hyphens, 4 to 40.
fn environment_name(application: &str) -> String {
    let mut name = String::new();
    for letter in application.chars() {
        let letter = if letter.is_ascii_alphanumeric() { letter } else { '-' };
        if letter != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(letter);
        }
    }
    name.truncate(36);
    let name = name.trim_matches('-');
    format!("{}-env", if name.is_empty() { "my" } else { name })
}

/// The platforms, by their solution stacks without versions, the newest of each.
async fn platforms(visit: &Visit) -> Result<Vec<(String, String)>, Error> {
    let listed = visit.ask(&Operation::eb("ListAvailableSolutionStacks")).await?;
    let mut found: Vec<(String, String)> = Vec::new();
    for stack in listed.texts("SolutionStacks") {
        let name = stack.rsplit_once(" running ").map_or(stack.as_str(), |(_, name)| name).to_owned();
        if !found.iter().any(|(_, known)| *known == name) {
            found.push((stack, name));
        }
    }
    // Docker first: the other one is for bundles of several containers.
    found.sort_by_key(|(_, name)| name != "Docker");
    Ok(found)
}

/// What is set in new environments: as Amazon's console does it, health is told in detail.
fn usual(kind: &str) -> Vec<Value> {
    vec![
        setting("aws:elasticbeanstalk:environment", "EnvironmentType", kind),
        setting("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"),
    ]
}

/// `/applications/new`: an application, and at once an environment with the sample application in it.
pub(crate) async fn create(visit: &Visit, form: Option<&Form>) -> Result<Answer, Error> {
    let sent = values(visit, form);
    let name = sent.get("name");
    let platforms = choices(platforms(visit).await?, sent.get("platform"));
    let code = choices(
        [("sample", "Sample application"), ("later", "None yet: a version is uploaded later")]
            .map(|(value, label)| (value.to_owned(), label.to_owned())),
        sent.get("code"),
    );
    let mut all = vec![Operation::eb("CreateApplication").with("ApplicationName", name)];
    let mut done = path(name);
    if chosen(&code) == "sample" {
        let environment = environment_name(name);
        done = environment::path(&environment);
        let launch = Operation::eb("CreateEnvironment")
            .with("ApplicationName", name)
            .with("EnvironmentName", environment)
            .with("SolutionStackName", chosen(&platforms))
            .with("OptionSettings", Value::Array(usual("SingleInstance")));
        all.push(launch);
    }
    carry(
        visit,
        form,
        Plan {
            title: "Create an application".into(),
            section: SECTION,
            lead: "An application holds versions of a program, and environments in which they run.".into(),
            fields: vec![
                Field::Text {
                    name: "name",
                    label: "Application name",
                    value: name.into(),
                    hint: "Up to 100 characters.",
                    required: true,
                },
                Field::Radio { name: "platform", label: "Platform", choices: platforms },
                Field::Radio { name: "code", label: "Application code", choices: code },
            ],
            doing: Doing::Operations(all),
            submit: "Create application",
            danger: false,
            confirm: None,
            here: "/applications/new".into(),
            back: "/applications".into(),
            done,
        },
    )
    .await
}

/// The labels of an application's versions, the newest first, with what they are.
pub(crate) async fn labels(visit: &Visit, application: &str) -> Result<Vec<(String, String)>, Error> {
    let listed = visit.ask(&Operation::eb("DescribeApplicationVersions").with("ApplicationName", application)).await?;
    let told = |element: &Element| {
        let (label, description) = (element.at("VersionLabel"), element.at("Description"));
        let shown = if description.is_empty() { label.to_owned() } else { format!("{label} – {description}") };
        (label.to_owned(), shown)
    };
    Ok(listed.list("ApplicationVersions").map(told).collect())
}

/// `/applications/NAME/environment`: one more environment.
pub(crate) async fn launch(visit: &Visit, form: Option<&Form>, name: &str) -> Result<Answer, Error> {
    let application = find(visit, name).await?;
    let sent = values(visit, form);
    let mut versions = labels(visit, name).await?;
    versions.push((String::new(), "Sample application".into()));
    let preset = if sent.has("version") { sent.get("version").to_owned() } else { versions[0].0.clone() };
    let versions = choices(versions, &preset);
    let platforms = choices(platforms(visit).await?, sent.get("platform"));
    let kinds = choices(
        [("single", "A single instance"), ("balanced", "Several instances behind a load balancer")]
            .map(|(value, label)| (value.to_owned(), label.to_owned())),
        sent.get("kind"),
    );
    let suggested = match application.environments.len() {
        0 => environment_name(name),
        more => format!("{}-{}", environment_name(name), more + 1),
    };
    let environment = if sent.has("environment") { sent.get("environment") } else { &suggested };
    let kind = if chosen(&kinds) == "single" { "SingleInstance" } else { "LoadBalanced" };
    let mut operation = Operation::eb("CreateEnvironment")
        .with("ApplicationName", name)
        .with("EnvironmentName", environment)
        .some("CNAMEPrefix", sent.get("prefix"))
        .some("VersionLabel", chosen(&versions))
        .with("SolutionStackName", chosen(&platforms));
    let mut settings = usual(kind);
    if kind == "LoadBalanced" {
        settings.push(setting("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"));
    }
    operation = operation.with("OptionSettings", Value::Array(settings));
    let plan = Plan {
        title: format!("Create an environment of {name}"),
        section: SECTION,
        lead: "An environment runs one version, and answers at an address of its own.".into(),
        fields: vec![
            Field::Text {
                name: "environment",
                label: "Environment name",
                value: environment.into(),
                hint: "4 to 40 letters, digits and hyphens.",
                required: true,
            },
            Field::Text {
                name: "prefix",
                label: "What its host name begins with",
                value: sent.get("prefix").into(),
                hint: "Empty: one is made of the environment's name.",
                required: false,
            },
            Field::Select { name: "version", label: "Version", choices: versions },
            Field::Radio { name: "platform", label: "Platform", choices: platforms },
            Field::Radio { name: "kind", label: "Capacity", choices: kinds },
        ],
        doing: Doing::Operations(vec![operation]),
        submit: "Create environment",
        danger: false,
        confirm: None,
        here: format!("{}/environment", path(name)),
        back: path(name),
        done: environment::path(environment),
    };
    carry(visit, form, plan).await
}

/// `/applications/NAME/delete`
pub(crate) async fn delete(visit: &Visit, form: Option<&Form>, name: &str) -> Result<Answer, Error> {
    let application = find(visit, name).await?;
    let count = application.environments.len();
    let operation = Operation::eb("DeleteApplication").with("ApplicationName", name);
    let operation = if count > 0 { operation.with("TerminateEnvByForce", true) } else { operation };
    carry(visit, form, Plan {
        title: format!("Delete {name}"),
        section: SECTION,
        lead: match count {
            0 => "The application goes with its versions and saved configurations.".into(),
            1 => "The application goes with its versions and saved configurations, and its environment is terminated.".into(),
            more => format!("The application goes with its versions and saved configurations, and its {more} environments are terminated."),
        },
        fields: Vec::new(),
        doing: Doing::Operations(vec![operation]),
        submit: "Delete application",
        danger: true,
        confirm: Some(name.into()),
        here: format!("{}/delete", path(name)),
        back: path(name),
        done: "/applications".into(),
    })
    .await
}

/// `/applications/NAME/versions/LABEL/delete`
pub(crate) async fn delete_version(
    visit: &Visit,
    form: Option<&Form>,
    name: &str,
    label: &str,
) -> Result<Answer, Error> {
    let bundle = values(visit, form).get("bundle") == "yes";
    let operation = Operation::eb("DeleteApplicationVersion").with("ApplicationName", name).with("VersionLabel", label);
    carry(
        visit,
        form,
        Plan {
            title: format!("Delete the version {label}"),
            section: SECTION,
            lead: format!("The version {label} of {name} can be deployed no more."),
            fields: vec![Field::Check { name: "bundle", label: "Delete its source bundle, too", checked: bundle }],
            doing: Doing::Operations(vec![if bundle { operation.with("DeleteSourceBundle", true) } else { operation }]),
            submit: "Delete version",
            danger: true,
            confirm: None,
            here: format!("{}/versions/{}/delete", path(name), escaped(label)),
            back: path(name),
            done: path(name),
        },
    )
    .await
}

/// `/applications/NAME/versions/LABEL/deploy`
pub(crate) async fn deploy_version(
    visit: &Visit,
    form: Option<&Form>,
    name: &str,
    label: &str,
) -> Result<Answer, Error> {
    let environments = find(visit, name).await?.environments;
    let all = environments.iter().map(|one| (one.name.clone(), format!("{} (now {})", one.name, one.version())));
    let all = choices(all, values(visit, form).get("environment"));
    if all.is_empty() {
        return Err(Error::Nothing(format!("{name} has no environment to deploy {label} to: create one first.")));
    }
    let environment = chosen(&all).to_owned();
    let operation =
        Operation::eb("UpdateEnvironment").with("EnvironmentName", environment.as_str()).with("VersionLabel", label);
    carry(visit, form, Plan {
        title: format!("Deploy {label}"),
        section: SECTION,
        lead: "The version is prepared first; then it takes the place of the one that runs, by the environment's deployment policy.".into(),
        fields: vec![Field::Select { name: "environment", label: "Environment", choices: all }],
        doing: Doing::Operations(vec![operation]),
        submit: "Deploy",
        danger: false,
        confirm: None,
        here: format!("{}/versions/{}/deploy", path(name), escaped(label)),
        back: path(name),
        done: environment::path(&environment),
    })
    .await
}

fn version(name: &str, label: &str, description: &str, bucket: &str, key: &str) -> Operation {
    Operation::eb("CreateApplicationVersion")
        .with("ApplicationName", name)
        .with("VersionLabel", label)
        .some("Description", description)
        .with("SourceBundle", json!({ "S3Bucket": bucket, "S3Key": key }))
        .with("Process", true)
}

/// Where a bundle is put.
fn object(name: &str, label: &str) -> String {
    format!("{name}/{label}.zip")
}

async fn form_page(visit: &Visit, name: &str, form: &Form, error: Option<&Error>) -> Result<Answer, Error> {
    let storage = visit.ask(&Operation::eb("CreateStorageLocation")).await?;
    let (label, bucket) = (form.get("label"), storage.at("S3Bucket"));
    let key = object(name, if label.is_empty() { "LABEL" } else { label });
    let shown = if label.is_empty() { "LABEL" } else { label };
    let page = Uploading {
        frame: Frame::new(format!("Upload a version of {name}"), SECTION, Some(visit.session.clone())),
        name: name.into(),
        path: path(name),
        label: label.into(),
        description: form.get("description").into(),
        lines: vec![
            format!("aws s3 cp BUNDLE.zip {}", quote(&format!("s3://{bucket}/{key}"))),
            version(name, shown, form.get("description"), bucket, &key).line(),
        ],
        error: error.map(|error| (error.code().to_owned(), error.message())),
    };
    let status = error.map_or(StatusCode::OK, Error::status);
    Ok(answer::page(status, page.render()?))
}

/// `/applications/NAME/upload`
pub(crate) async fn uploading(visit: &Visit, name: &str) -> Result<Answer, Error> {
    find(visit, name).await?;
    form_page(visit, name, &visit.query, None).await
}

/// The same with a bundle.
pub(crate) async fn upload(visit: &Visit, name: &str, upload: Upload) -> Result<Answer, Error> {
    let form = upload.form.clone();
    match stored(visit, name, &form, upload).await {
        Ok(()) => Ok(answer::see(&path(name))),
        Err(error) if error.is_key() => Err(error),
        Err(error) => form_page(visit, name, &form, Some(&error)).await,
    }
}

async fn stored(visit: &Visit, name: &str, form: &Form, upload: Upload) -> Result<(), Error> {
    let label = form.need("label", "The version label")?;
    if upload.name.is_empty() || upload.length == 0 {
        return Err(Error::Form("Choose a file: a zip archive with a Dockerfile, say.".into()));
    }
    if upload.length > limits::BUNDLE_BYTES {
        return Err(Error::TooLong(format!("A source bundle has at most {} MiB.", limits::BUNDLE_BYTES >> 20)));
    }
    let same = Operation::eb("DescribeApplicationVersions")
        .with("ApplicationName", name)
        .with("VersionLabels", json!([label]));
    if visit.ask(&same).await?.list("ApplicationVersions").next().is_some() {
        return Err(Error::Form(format!("{name} has a version {label} already: choose another label.")));
    }
    let storage = visit.ask(&Operation::eb("CreateStorageLocation")).await?;
    // A name of its own: whoever uploads the same label at the same time must not put another bundle in its place.
    let own = hex(&words::random_bytes::<4>());
    let (bucket, key) = (storage.at("S3Bucket"), object(name, &format!("{label}-{own}")));
    let (length, (body, feed)) = (upload.length, upload.stream());
    let put = visit.parts.aws.put(&visit.session.key, (bucket, &key), length, body);
    let (fed, put) = tokio::join!(feed, put);
    fed?;
    put?;
    visit.ask(&version(name, label, form.get("description"), bucket, &key)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_get_names_that_they_may_have() {
        for (application, name) in [
            ("shop", "shop-env"),
            ("My shop (new)", "My-shop-new-env"),
            ("ä", "my-env"),
            ("--", "my-env"),
            ("a", "a-env"),
        ] {
            assert_eq!(environment_name(application), name);
        }
        assert!(environment_name(&"x".repeat(100)).len() <= 40);
    }
}
