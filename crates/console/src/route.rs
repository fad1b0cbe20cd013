//! Which page is where. A page that asks for something is shown by GET and does it by POST, at the same address.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::page::{application, configuration, engine, environment, instances, logs, monitoring};
use crate::server::{Sent, Visit};

/// Answers a request of somebody who is signed in.
pub(crate) async fn dispatch(visit: &Visit, segments: &[String], sent: Sent) -> Result<Answer, Error> {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let missing = || Error::NoPage(format!("/{}", segments.join("/")));
    if let Sent::Upload(upload) = sent {
        return match path.as_slice() {
            ["applications", name, "upload"] => application::upload(visit, name, *upload).await,
            _ => Err(missing()),
        };
    }
    let form = match sent {
        Sent::Form(form) => Some(form),
        _ => None,
    };
    let form = form.as_ref();
    match (path.as_slice(), form.is_some()) {
        ([], false) => Ok(answer::see("/applications")),
        (["applications"], false) => application::all(visit).await,
        (["applications", "new"], _) => application::create(visit, form).await,
        (["applications", name], false) => application::one(visit, name).await,
        (["applications", name, "upload"], false) => application::uploading(visit, name).await,
        (["applications", name, "delete"], _) => application::delete(visit, form, name).await,
        (["applications", name, "environment"], _) => application::launch(visit, form, name).await,
        (["applications", name, "versions", label, "delete"], _) => {
            application::delete_version(visit, form, name, label).await
        }
        (["applications", name, "versions", label, "deploy"], _) => {
            application::deploy_version(visit, form, name, label).await
        }
        (["environments"], false) => environment::all(visit).await,
        (["environments", name], false) => environment::one(visit, name).await,
        (["environments", name, "instances"], false) => instances::show_instances(visit, name).await,
        (["environments", name, "monitoring"], false) => monitoring::graphs(visit, name).await,
        (["environments", name, "logs"], _) => logs::tail(visit, form, name).await,
        (["environments", name, "configuration"], false) => configuration::options(visit, name).await,
        (["environments", name, "configuration", "change"], _) => configuration::change(visit, form, name).await,
        (["environments", name, action], _) => environment::act(visit, form, name, action).await,
        (["containers"], false) => engine::containers(visit).await,
        (["containers", name], false) => engine::container(visit, name).await,
        (["containers", name, action], _) => engine::act(visit, form, name, action).await,
        (["images"], false) => engine::images(visit).await,
        (["images", "one"], false) => engine::image(visit).await,
        (["images", "remove"], _) => engine::remove_image(visit, form).await,
        _ => Err(missing()),
    }
}
