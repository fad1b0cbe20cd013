"""The console in Debian's Chromium: from signing in to a terminated environment, and who is kept out."""

import http.client
import os
import re
import shutil
import subprocess
import urllib.parse

import pytest

import beanstalk
import census
import lib

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Debian's chromium is not installed")
# What a page may take to say: a deployment on a busy host.
PATIENCE = 40_000


class Console:
    """A daemon with a console, a browser, and what pages have said of errors."""

    def __init__(self, cloud, port, browser):
        self.cloud, self.port, self.browser = cloud, port, browser
        self.host = f"console.localhost:{port}"
        self.base = f"http://{self.host}"
        self.context = self.new()
        self.page = self.context.new_page()
        self.sign_in(self.page, *cloud.keys)

    def new(self, **settings):
        context = self.browser.new_context(base_url=self.base, **settings)
        context.set_default_timeout(PATIENCE)
        return context

    def sign_in(self, page, key, secret):
        page.goto("/sign-in")
        page.get_by_label("Access key ID").fill(key)
        page.get_by_label("Secret access key").fill(secret)
        page.get_by_role("button", name="Sign in").click()

    def request(self, method, path, fields=None, headers=None):
        """One request past the browser: status, headers, text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = urllib.parse.urlencode(fields) if fields is not None else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if fields is not None else {}
        try:
            connection.request(method, path, body, {"Host": self.host} | form | (headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def session(self):
        """The cookie of a session, and the token of its forms."""
        key, secret = self.cloud.keys
        status, headers, _ = self.request("POST", "/sign-in", {"key": key, "secret": secret}, {"Origin": self.base})
        assert status == 303, status
        cookie = {"Cookie": headers["set-cookie"].split(";")[0]}
        text = self.request("GET", "/applications", headers=cookie)[2]
        return cookie, re.search(r'name="token" value="([0-9a-f]{64})"', text)[1]

    def until(self, selector, text, page=None):
        playwright.expect((page or self.page).locator(selector)).to_have_text(text, timeout=PATIENCE)

    def command(self, page=None):
        """The command that an action shows."""
        return (page or self.page).locator(".command code").inner_text().strip()

    def run(self, line):
        """Runs a line as somebody does who has copied it."""
        env = self.cloud.aws_env | {"PATH": f"{os.path.dirname(beanstalk.program('aws'))}:{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-ec", line], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def console():
    cloud, port = beanstalk.Cloud(), lib.free_port()
    cloud.extra += ["--console-listen", f"127.0.0.1:{port}"]
    with census.spotless(cloud), playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Console(cloud, port, browser)
        browser.close()
    assert "panicked" not in cloud.told_last


@pytest.fixture(autouse=True)
def kept(console):
    """The daemon's log outlives it."""
    yield
    console.cloud.told_last = console.cloud.log()


def test_signing_in(console):
    context = console.new()
    page = context.new_page()
    # Whoever is not signed in is asked to, and gets then what was wanted.
    page.goto("/environments?a=b")
    assert urllib.parse.urlparse(page.url).path == "/sign-in"
    page.get_by_label("Access key ID").fill(console.cloud.keys[0])
    page.get_by_label("Secret access key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("SignatureDoesNotMatch")
    assert not context.cookies()
    page.get_by_label("Secret access key").fill(console.cloud.keys[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/environments?a=b")
    [cookie] = context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["domain"] == "console.localhost"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    # The session is over, not only its cookie.
    context.add_cookies([cookie])
    page.goto("/environments")
    assert "/sign-in" in page.url
    context.close()


def test_three_clicks_to_an_environment_that_answers(console):
    page = console.page
    page.goto("/")
    page.get_by_role("link", name="Create application").first.click()
    page.get_by_label("Application name").fill("shop")
    page.get_by_label("Docker", exact=True).check()
    page.get_by_role("button", name="Create application").click()
    page.wait_for_url("**/environments/shop-env")
    # What comes is shown without the page being loaded anew.
    page.evaluate("window.marked = true")
    playwright.expect(page.locator(".events")).to_contain_text("Successfully launched environment: shop-env")
    console.until("#status", "Ready")
    playwright.expect(page.locator(".facts .badge")).to_have_class("badge green")
    assert page.evaluate("window.marked")
    assert console.cloud.get(console.cloud.environment("shop-env")["CNAME"])[0] == 200
    # The link that the page has leads there, too, in a browser.
    answer = page.request.get(f"http://{console.cloud.environment('shop-env')['EndpointURL']}/")
    assert answer.status == 200


def test_a_version_is_uploaded_and_deployed(console):
    page, cloud = console.page, console.cloud
    # More than one piece of a body, and more than the buffers on the way.
    bundle = beanstalk.packed(beanstalk.application("v1", {"web/ballast": os.urandom(3 << 20)}))
    page.goto("/applications/shop")
    page.get_by_role("link", name="Upload a version").click()
    page.get_by_label("Version label").fill("v1 'beta'")
    page.get_by_label("Source bundle").set_input_files({"name": "b.zip", "mimeType": "application/zip", "buffer": bundle})
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Deploy v1 'beta'").click()
    assert console.command() == ("aws elasticbeanstalk update-environment --environment-name shop-env --version-label "
                                 "'v1 '\\''beta'\\'''")
    page.get_by_role("button", name="Deploy").click()
    console.until("#version", "v1 'beta'")
    console.until("#status", "Ready")
    assert cloud.running("shop-env") == "v1"
    [stored] = cloud.eb.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
    source = stored["SourceBundle"]
    assert cloud.s3.get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read() == bundle
    # A label is taken once, and what was stored under it stays.
    page.goto("/applications/shop/upload")
    page.get_by_label("Version label").fill("v1 'beta'")
    page.get_by_label("Source bundle").set_input_files({"name": "b.zip", "mimeType": "application/zip", "buffer": b"no"})
    page.get_by_role("button", name="Upload").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("already")
    assert cloud.s3.get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read() == bundle


def test_health_with_its_causes_and_graphs(console):
    page, cloud = console.page, console.cloud
    name = cloud.environment("shop-env")["CNAME"]
    page.goto("/environments/shop-env")

    def failing():
        for _ in range(20):
            assert cloud.get(name, "/cgi-bin/fail")[0] == 500
        return "5xx" in page.locator(".causes").first.inner_text(timeout=2000) if page.locator(".causes").count() else False
    lib.wait_for(failing, "the cause is shown", 40)
    assert page.locator(".facts .badge").inner_text().strip("● ") in ("Warning", "Degraded", "Severe")
    page.get_by_role("link", name="Instances").click()
    [instance] = cloud.instances("shop-env")
    playwright.expect(page.locator("tbody tr")).to_contain_text(instance)
    page.get_by_role("link", name="Monitoring").click()
    assert page.locator("svg[role=img]").count() == 4
    assert "Status codes, per minute until" in page.locator("svg[role=img]").nth(2).get_attribute("aria-label")
    page.get_by_role("link", name="Logs").click()
    cloud.get(name, "/cgi-bin/say?the-owl-is-awake")
    page.get_by_role("button", name="Request the last lines").click()
    playwright.expect(page.locator("pre.log")).to_contain_text("said the-owl-is-awake")


def test_the_command_is_that_of_the_values_chosen(console):
    page, cloud = console.page, console.cloud
    page.goto("/environments/shop-env/scale")
    page.get_by_label("Instances at least").fill("2")
    page.get_by_label("Instances at most").fill("2")
    playwright.expect(page.locator(".command code")).to_contain_text('"OptionName":"MinSize","Value":"2"')
    playwright.expect(page.locator(".command code")).to_contain_text('"OptionName":"MaxSize","Value":"2"')
    line = console.command()
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as command").click()
    playwright.expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == line
    # The button and the command do the same.
    page.get_by_role("button", name="Scale").click()
    page.wait_for_url("**/environments/shop-env")
    lib.wait_for(lambda: len(cloud.instances("shop-env")) == 2, "there are two instances", 40)
    cloud.ready("shop-env")
    console.run(line.replace('"Value":"2"', '"Value":"1"'))
    lib.wait_for(lambda: len(cloud.instances("shop-env")) == 1, "there is one instance", 40)
    cloud.ready("shop-env")


def test_an_option_is_changed_and_its_origin_told(console):
    page, cloud = console.page, console.cloud
    page.goto("/environments/shop-env/configuration")
    page.get_by_role("link", name="Set an option or a property").click()
    page.get_by_label("Option").fill("GREETING")
    page.get_by_label("Value").fill("it's \"<b>\"")
    playwright.expect(page.locator(".command code")).to_contain_text("GREETING")
    page.get_by_role("button", name="Change").click()
    page.wait_for_url("**/environments/shop-env")
    lib.wait_for(lambda: "GREETING=it's \"<b>\"" in cloud.at("shop-env", "/cgi-bin/env"), "the property is there", 40)
    cloud.ready("shop-env")
    page.goto("/environments/shop-env/configuration")
    row = page.get_by_role("row").filter(has_text="GREETING")
    playwright.expect(row).to_contain_text("it's \"<b>\"")
    playwright.expect(row).to_contain_text("request")
    # What the API refuses is told in its words, and the form stays.
    page.goto("/environments/shop-env/configuration/change?namespace=aws:autoscaling:asg&option=MaxSize")
    page.get_by_label("Value").fill("many")
    page.get_by_role("button", name="Change").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("ConfigurationValidationException")
    assert page.get_by_label("Value").input_value() == "many"


def test_swap_and_terminate(console):
    page, cloud = console.page, console.cloud
    page.goto("/applications/shop")
    page.get_by_role("link", name="Create environment").click()
    page.get_by_label("Environment name").fill("other")
    page.locator("select[name=version]").select_option(label="Sample application")
    page.get_by_role("button", name="Create environment").click()
    page.wait_for_url("**/environments/other")
    console.until("#status", "Ready")
    before = {name: cloud.environment(name)["CNAME"] for name in ("shop-env", "other")}
    page.get_by_role("link", name="Swap").click()
    page.get_by_role("button", name="Swap").click()
    page.wait_for_url("**/environments/other")
    console.until("#address", before["shop-env"])
    assert cloud.environment("shop-env")["CNAME"] == before["other"]
    console.until("#status", "Ready")
    page.get_by_role("link", name="Terminate").click()
    page.get_by_label("Type other to confirm").fill("no")
    page.get_by_role("button", name="Terminate").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("Type other to confirm")
    page.get_by_label("Type other to confirm").fill("other")
    page.get_by_role("button", name="Terminate").click()
    page.wait_for_url("**/applications/shop")
    cloud.gone("other")


def test_containers_and_images_are_for_administrators(console):
    page, cloud = console.page, console.cloud
    made = cloud.api("POST", "/containers/create?name=bell", {"Image": "busybox", "Cmd": ["sh", "-c", "echo it rings; sleep 1000"]})
    assert made[0] == 201, made
    page.goto("/containers")
    page.get_by_role("link", name="Start bell").click()
    assert console.command() == "docker start bell"
    page.get_by_role("button", name="Start").click()
    playwright.expect(page.locator("pre.log").first).to_contain_text("it rings")
    playwright.expect(page.locator(".facts .badge")).to_have_text(re.compile("running"))
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/containers")
    assert cloud.api("GET", "/containers/bell/json")[0] == 404
    page.get_by_role("link", name="Images").click()
    page.get_by_role("link", name="busybox").first.click()
    playwright.expect(page.locator(".facts")).to_contain_text("sha256:")
    # Somebody who may do all with environments sees none of it.
    iam = cloud.client("iam")
    iam.create_user(UserName="ann")
    policy = "arn:aws:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk"
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    context = console.new()
    other = context.new_page()
    console.sign_in(other, key["AccessKeyId"], key["SecretAccessKey"])
    playwright.expect(other.get_by_role("link", name="shop", exact=True)).to_be_visible()
    assert other.get_by_role("link", name="Containers").count() == 0
    for path in ("/containers", "/images", "/containers/bell/remove"):
        assert other.goto(path).status == 403, path
    # Nobody became more than they were by being looked at.
    assert iam.list_user_policies(UserName="ann")["PolicyNames"] == []
    # A key that is taken away ends the session.
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    other.goto("/applications")
    assert "/sign-in" in other.url
    context.close()
    iam.detach_user_policy(UserName="ann", PolicyArn=policy)
    iam.delete_user(UserName="ann")


def test_other_sites_are_kept_out(console):
    cookie, token = console.session()
    fields = {"token": token, "name": "forged", "code": "later"}
    own = {"Origin": console.base, "Sec-Fetch-Site": "same-origin"}
    for wrong in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": console.base, "Sec-Fetch-Site": "cross-site"},
                  {"Origin": console.base, "Sec-Fetch-Site": "same-site"}, {"Origin": f"http://127.0.0.1:{console.port}"}):
        assert console.request("POST", "/applications/new", fields, cookie | wrong)[0] == 403, wrong
    for token_of_another in ("", "0" * 64, console.session()[1]):
        sent = fields | {"token": token_of_another}
        assert console.request("POST", "/applications/new", sent, cookie | own)[0] == 403
    assert console.request("POST", "/applications/new", fields, own)[0] == 403
    known = [each["ApplicationName"] for each in console.cloud.eb.describe_applications()["Applications"]]
    assert "forged" not in known
    assert console.request("POST", "/applications/new", fields | {"name": "genuine"}, cookie | own)[0] == 303
    # Names that lead here and are not ours; names of this host lead to ours, where no application is sent the cookie.
    for host in ("evil.example", f"evil.example:{console.port}", "10.1.2.3"):
        assert console.request("GET", "/applications", headers=cookie | {"Host": host})[0] == 421
    status, headers, _ = console.request("GET", "/images?x=1", headers={"Host": f"127.0.0.1:{console.port}"})
    assert (status, headers["location"]) == (303, f"{console.base}/images?x=1")
    _, headers, text = console.request("GET", "/applications", headers=cookie)
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "<style" not in text and " style=" not in text and not re.search(r"<script(?! src)| on\w+=", text)
    # A page of an application that a browser is signed in beside: its form comes without the cookie and is refused.
    page = console.context.new_page()
    refused = []
    page.on("response", lambda answer: refused.append(answer.status) if "/applications/new" in answer.url else None)
    page.route("http://evil.example/", lambda route: route.fulfill(content_type="text/html", body=(
        f"<form method=post action='{console.base}/applications/new'><input name=name value=forged><button>x</button></form>")))
    page.goto("http://evil.example/")
    page.get_by_role("button").click()
    playwright.expect(page.get_by_role("heading")).to_have_text("Refused")
    assert refused == [403]
    page.close()


def test_strange_names_are_not_found(console):
    cookie, _ = console.session()
    for path in ("/nothing", "/environments/nope-nope", "/environments/%3Cscript%3E", "/environments/x", "/applications/%00",
                 "/applications/%ff", "/containers/..%2F..%2Fversion", "/images/one?name=%3Cb%3E", "/applications/a/b/c/d/e",
                 "/environments/" + "x" * 3000):
        status, _, text = console.request("GET", path, headers=cookie)
        assert status == 404 and "<h1>Not found</h1>" in text and "<script>" not in text and "<b>" not in text, (path, status)
    assert console.request("PUT", "/applications", headers=cookie | {"Origin": console.base})[0] == 404
    assert console.request("POST", "/applications/new", {"a": "x" * 200_000}, cookie | {"Origin": console.base})[0] == 413


def test_by_keyboard_alone(console):
    context = console.new()
    page = context.new_page()
    page.goto("/sign-in")
    page.keyboard.type(console.cloud.keys[0])
    page.keyboard.press("Tab")
    page.keyboard.type(console.cloud.keys[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/applications")

    def focused():
        return page.evaluate("document.activeElement.textContent.trim()")

    def tab_to(text):
        for _ in range(40):
            page.keyboard.press("Tab")
            if focused() == text:
                shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert shown == "solid", f"the focus on {text} cannot be seen"
                return
        raise AssertionError(f"no way to {text}")
    # The first step leads past the navigation.
    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    page.keyboard.press("Enter")
    for text, place in (("Create application", "/applications/new"), ("Cancel", "/applications"),
                        ("shop-env", "/environments/shop-env"), ("Restart", "/restart"),
                        ("Restart", "/environments/shop-env")):
        tab_to(text)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{place}")
    playwright.expect(page.locator(".events")).to_contain_text("restartAppServer completed")
    context.close()


PAGES = ("/applications", "/applications/new", "/applications/shop", "/applications/shop/upload", "/environments",
         "/environments/shop-env", "/environments/shop-env/instances", "/environments/shop-env/monitoring",
         "/environments/shop-env/logs", "/environments/shop-env/configuration", "/environments/shop-env/scale",
         "/containers", "/images", "/nothing")


def test_in_the_dark_and_on_a_telephone(console, tmp_path):
    context = console.new(color_scheme="dark", viewport={"width": 360, "height": 740})
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    console.sign_in(page, *console.cloud.keys)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{path} is wider than a telephone"
        red, green, blue = map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3])
        assert max(red, green, blue) < 64, f"{path} is not dark"
        # Each field has a name, each picture a description, and nothing but links and buttons is clicked.
        nameless = page.evaluate("""[...document.querySelectorAll('input:not([type=hidden]),select,button')].filter(
            one => !(one.labels && one.labels.length) && !one.textContent.trim() && !one.getAttribute('aria-label')).length""")
        assert nameless == 0 and page.locator("h1").count() == 1, path
    page.goto("/environments/shop-env")
    page.screenshot(path=tmp_path / "dark.png")
    assert (tmp_path / "dark.png").stat().st_size > 5_000
    # A page that is not there is told in the browser's console; nothing was held back by the policy or went wrong.
    assert [line for line in said if "404" not in line] == []
    context.close()


def test_without_a_script(console):
    context = console.new(java_script_enabled=False)
    page = context.new_page()
    console.sign_in(page, *console.cloud.keys)
    page.goto("/environments/shop-env")
    page.get_by_role("link", name="Refresh").click()
    page.goto("/environments/shop-env/scale")
    page.get_by_label("Instances at least").fill("0")
    page.get_by_role("button", name="Show the command").click()
    assert '"OptionName":"MinSize","Value":"0"' in console.command(page)
    assert page.get_by_label("Instances at least").input_value() == "0"
    context.close()
