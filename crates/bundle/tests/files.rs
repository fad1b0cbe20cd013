//! Bundles of each kind as people have them, and what is said of those that are wrong.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;

use bundle::{
    Application, Bundle, Variables, Warning, compose, cron, dockerrun, dotenv, extensions, manifest, processes,
};
use proptest::prelude::*;

/// A directory with these files; names that end with `*` are executable.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name.trim_end_matches('*'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let mode = if name.ends_with('*') { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    folder
}

fn read_with(files: &[(&str, &str)], properties: &[(&str, &str)]) -> Result<Bundle, String> {
    let folder = directory(files);
    let properties: Variables =
        properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let root = File::open(folder.path()).unwrap();
    bundle::read(root.as_fd(), &properties).map_err(|error| error.to_string())
}

fn read(files: &[(&str, &str)]) -> Result<Bundle, String> {
    read_with(files, &[])
}

fn said(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(Warning::to_string).collect()
}

const COMPOSE: &str = r#"
version: "3.9"
name: shop
x-common: &common
  restart: unless-stopped
  environment: &env
    LOG_LEVEL: ${LOG_LEVEL:-info}
    DEBUG: no
  logging:
    driver: json-file
services:
  web:
    <<: *common
    build:
      context: ./web
      dockerfile: Dockerfile.prod
      args:
        - VERSION=1.10
        - TOKEN
      target: run
    command: gunicorn -b "0.0.0.0:8000" 'app:main'
    environment:
      <<: *env
      PRICE: $$5
      TOKEN:
    env_file:
      - .env
      - path: extra.env
        required: false
    ports:
      - "80:8000"
      - target: 9000
        published: "9000-9001"
        protocol: udp
        host_ip: 127.0.0.1
    volumes:
      - ./static:/srv/static:ro
      - "${EB_LOG_BASE_DIR}/web:/var/log/web"
      - data:/data
      - type: tmpfs
        target: /tmp
        tmpfs: {size: 64m, mode: 01777}
    depends_on:
      db:
        condition: service_healthy
      cache:
        condition: service_started
        required: false
    networks:
      front:
        aliases: [www]
      default:
    healthcheck:
      test: curl -f http://localhost:8000/
      interval: 1m30s
      retries: 3
    deploy:
      replicas: 2
      resources:
        limits: {cpus: "0.50", memory: 512M, pids: 100}
        reservations: {memory: 128M}
    cap_add: [CAP_NET_ADMIN]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}
    stop_grace_period: 20s
    stop_signal: SIGINT
    init: true
    read_only: yes
    user: "1000:1000"
    extra_hosts: ["api=10.0.0.5"]
    labels: {com.example.a: b}
  db:
    image: postgres:16-alpine
    command: ["postgres", "-c", "max_connections=200"]
    mem_limit: 1g
    tmpfs: /run:size=1m
    expose: ["5432"]
    healthcheck: {test: ["CMD", "pg_isready"]}
    networks: [default, front]
  debug:
    image: busybox
    profiles: [debug]
    network_mode: none
networks:
  front:
    internal: true
volumes:
  data:
"#;

#[test]
fn a_compose_bundle() {
    let files = [
        ("docker-compose.yml", COMPOSE),
        ("extra.env", "EXTRA=\"${TOKEN} too\"\nLOG_LEVEL=never\n"),
        ("Dockerrun.aws.json", r#"{"AWSEBDockerrunVersion": "3", "Authentication": {"bucket": "b", "key": "k.json"}}"#),
    ];
    let found = read_with(&files, &[("TOKEN", "s3cret")]).unwrap();
    insta::assert_debug_snapshot!("compose", found);
    let Application::Compose { compose, .. } = found.application else { panic!() };
    assert_eq!(compose.enabled().into_keys().collect::<Vec<_>>(), ["db", "web"]);
    let order = compose.in_order();
    assert!(order.iter().position(|name| *name == "db") < order.iter().position(|name| *name == "web"));
}

#[test]
fn a_dotenv_of_the_bundle_takes_the_place_of_properties() {
    let compose = "services:\n  web:\n    image: a:${TAG}\n    env_file: .env\n    environment: [OWN=1, TAG]\n";
    let image = |found: Bundle| match found.application {
        Application::Compose { compose, .. } => {
            let web = &compose.services["web"];
            (web.image.as_ref().unwrap().familiar(), format!("{:?}", web.environment), said(&found.warnings))
        }
        other => panic!("{other:?}"),
    };
    let from_properties = read_with(&[("docker-compose.yaml", compose)], &[("TAG", "1"), ("OWN", "0")]).unwrap();
    assert_eq!(image(from_properties), ("a:1".into(), r#"{"OWN": "1", "TAG": "1"}"#.into(), vec![]));
    let files = [("docker-compose.yaml", compose), (".env", "TAG=2\nCOMPOSE_PROFILES=a,b\n")];
    let (name, environment, warnings) = image(read_with(&files, &[("TAG", "1")]).unwrap());
    assert_eq!(
        (name.as_str(), environment.as_str()),
        ("a:2", r#"{"COMPOSE_PROFILES": "a,b", "OWN": "1", "TAG": "2"}"#)
    );
    assert_eq!(warnings, [".env: takes the place of the environment's properties: services do not see these"]);
}

#[test]
fn bundles_of_one_container() {
    let v1 = r#"{
  "AWSEBDockerrunVersion": "1",
  "Authentication": {"Bucket": "keys", "Key": "dockercfg"},
  "Image": {"Name": "janedoe/image:1.2", "Update": "false"},
  "Ports": [{"ContainerPort": "5000", "HostPort": 8000}, {"ContainerPort": 53}],
  "Volumes": [{"HostDirectory": "/var/app/mydb", "ContainerDirectory": "/etc/mysql"}],
  "Logging": "/var/log/nginx",
  "Entrypoint": "/app/bin/myapp",
  "Command": "--argument 'two words'",
  "Labels": {}
}"#;
    insta::assert_debug_snapshot!("image", read(&[("Dockerrun.aws.json", v1)]).unwrap());
    let both = read(&[("Dockerrun.aws.json", v1), ("Dockerfile", "FROM x")]).unwrap();
    let Application::Dockerfile(Some(single)) = &both.application else { panic!() };
    assert_eq!((single.image.as_ref(), single.ports[0].container), (None, 5000));
    assert!(said(&both.warnings).join("\n").contains("Image is ignored"));
    assert_eq!(read(&[("Dockerfile", "FROM x")]).unwrap().application, Application::Dockerfile(None));
}

#[test]
fn a_task_of_several_containers() {
    let v2 = r#"{
  "AWSEBDockerrunVersion": 2,
  "volumes": [{"name": "php-app", "host": {"sourcePath": "/var/app/current/php-app"}}],
  "containerDefinitions": [
    {
      "name": "php-app", "image": "php:fpm", "essential": true, "memory": 128,
      "environment": [{"name": "Container", "value": "PHP"}],
      "mountPoints": [{"sourceVolume": "php-app", "containerPath": "/var/www/html", "readOnly": true}]
    },
    {
      "name": "nginx-proxy", "image": "nginx", "memoryReservation": 64, "cpu": 10, "essential": false,
      "portMappings": [{"hostPort": 80, "containerPort": 80}],
      "links": ["php-app:php"],
      "mountPoints": [{"sourceVolume": "awseb-logs-nginx-proxy", "containerPath": "/var/log/nginx"}],
      "command": ["nginx", "-g", "daemon off;"], "logConfiguration": {"logDriver": "awslogs"},
      "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]
    }
  ]
}"#;
    insta::assert_debug_snapshot!("task", read(&[("Dockerrun.aws.json", v2)]).unwrap());
}

#[test]
fn everything_beside_the_application() {
    let files = [
        ("Dockerfile", "FROM x"),
        (
            ".ebextensions/02-options.config",
            "option_settings:\n  aws:elasticbeanstalk:application:environment:\n    A: yes\n    B: 'yes'\n    C: 010\n  \
             aws:autoscaling:asg: {MaxSize: 4}\nResources:\n  Bucket: {Type: AWS::S3::Bucket, Name: !Ref X}\n",
        ),
        (
            ".ebextensions/01-all.config",
            r#"
packages:
  yum: {git: [], libmemcached: [0.31, 1.0]}
  rpm: {epel: "http://x/epel.rpm"}
groups:
  ops: {gid: "45"}
  dev:
users:
  me: {groups: [ops], uid: 50, homeDir: /tmp}
sources:
  /opt/tool: https://example.com/tool.tar.gz
files:
  "/etc/app.conf":
    mode: "000600"
    owner: root
    group: root
    content: |
      a = 1
  /etc/link: {mode: "120400", content: /etc/app.conf}
  /etc/remote: {source: "http://x/y", authentication: S3Auth}
  /etc/bytes: {content: "AAH/", encoding: base64}
  /etc/data: {content: {a: 1, b: ["x", true]}}
commands:
  02_second: {command: "echo 2", ignoreErrors: true}
  01_first:
    command: [touch, /tmp/x]
    cwd: /home
    env: {DEBUG: off}
    test: '[ ! -f /tmp/x ]'
services:
  sysvinit: {nginx: {enabled: true, ensureRunning: yes, files: [/etc/app.conf]}}
container_commands:
  a_migrate: {command: ./migrate}
  z_leader: {command: ./once, leader_only: true, test: "true"}
option_settings:
  - {namespace: "aws:elasticbeanstalk:application", option_name: Application Healthcheck URL, value: /health}
  - {option_name: A, value: 1}
"#,
        ),
        (
            ".ebextensions/03-json.config",
            "{\n\t\"option_settings\": [{\"option_name\": \"J\", \"value\": \"\\u00fc\"}]\n}",
        ),
        (".ebextensions/04-wrong.config", "option_settings: []\ncontainer_command:\n  a: {command: x}\n"),
        (".ebextensions/05-wrong.config", "commands:\n  a: {comand: x}\n"),
        (".ebextensions/readme.txt", ""),
        (".platform/hooks/predeploy/02_b.sh*", "#!/bin/sh\n"),
        (".platform/hooks/predeploy/01_a.sh", "#!/bin/sh\n"),
        (".platform/hooks/postdeploy/x*", ""),
        (".platform/hooks/afterdeploy/x*", ""),
        (".platform/confighooks/prebuild/x*", ""),
        (".platform/nginx/nginx.conf", ""),
        (".platform/nginx/conf.d/b.conf", ""),
        (".platform/nginx/conf.d/a.conf", ""),
        (".platform/nginx/conf.d/elasticbeanstalk/00_x.conf", ""),
        (".platform/nginx/conf.d/note", ""),
        (".platform/httpd/x.conf", ""),
        (
            "env.yaml",
            "AWSConfigurationTemplateVersion: 1.1.0.0\nEnvironmentName: front+\nSolutionStack: 64bit Amazon Linux 2023 \
             v4.0.0 running Docker\nCName: front-A08G28LG+\nEnvironmentLinks: {WORKER: worker+}\nEnvironmentTier: {Name: \
             WebServer, Type: Standard}\nOptionSettings:\n  aws:elb:loadbalancer: {CrossZone: true}\nTags: {team: a}\n\
             Other: 1\n",
        ),
        (
            "cron.yaml",
            "version: 1\ncron:\n - name: \"backup-job\"\n   url: \"/backup\"\n   schedule: \"0 */12 * * *\"\n - name: audit\n   \
             url: /audit\n   schedule: \"0 23 * * *\"\n   retries: 3\n",
        ),
        ("Procfile", "web: run\n"),
        ("Buildfile", "make: ./build.sh\n"),
    ];
    insta::assert_debug_snapshot!("everything", read(&files).unwrap());
}

/// Compose files that are refused, as the rest of a service `web` behind `image: a`.
const REFUSED: &[&str] = &[
    "privileged: true",
    "pid: host",
    "ipc: host",
    "uts: host",
    "userns_mode: host",
    "cgroup: host",
    "cgroup_parent: /",
    "network_mode: host",
    "network_mode: container:other",
    "devices: [\"/dev/sda:/dev/sda\"]",
    "device_cgroup_rules: [\"c *:* rwm\"]",
    "gpus: all",
    "runtime: other",
    "use_api_socket: true",
    "cap_add: [SYS_ADMIN]",
    "cap_add: [all]",
    "security_opt: [\"seccomp:unconfined\"]",
    "volumes: [\"/:/host\"]",
    "volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]",
    "volumes: [\"../other:/x\"]",
    "volumes: [\"~/x:/x\"]",
    "volumes: [\"/var/log/eb-docker/containers/../../x:/x\"]",
    "volumes: [\"/var/log/eb-docker/containersx:/x\"]",
    "volumes: [{type: bind, source: /etc, target: /x}]",
    "volumes: [{type: npipe, source: x, target: /x}]",
    "volumes: [\"a:x\"]",
    "volumes: [\"a:/x\"]",
    "volumes_from: [other]",
    "env_file: /etc/passwd",
    "env_file: missing.env",
    "extra_hosts: [\"h:host-gateway\"]",
    "extends: {service: x}",
    "build: https://github.com/a/b.git",
    "build: {context: .., args: {A: 1}}",
    "build: {network: host}",
    "build: {privileged: true}",
    "build: {dockerfile: a, dockerfile_inline: b}",
    "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}",
    "depends_on: [nobody]",
    "depends_on: [web]",
    "networks: [nowhere]",
    "ports: [\"99999:80\"]",
    "ports: [\"80/sctp\"]",
    "mem_limit: much",
    "stop_grace_period: 10",
    "restart: sometimes",
    "healthcheck: {test: [curl]}",
    "command: \"it's\"",
    "ulimits: {nofile: {soft: 5, hard: 2}}",
    "environment: [\"=x\"]",
    "labels: 5",
    "ports: 80",
    "imagee: b",
    "user: ${WHO:?say who}",
    "user: ${WHO",
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut told = String::new();
    let mut tell = |what: &str, found: Result<Bundle, String>| {
        let error = found.err().unwrap_or_else(|| panic!("{what:?} was taken"));
        writeln!(told, "{what}\n    {error}").unwrap();
    };
    for line in REFUSED {
        tell(line, read(&[("docker-compose.yml", &format!("services:\n  web:\n    image: a\n    {line}\n"))]));
    }
    for (name, text) in [
        ("docker-compose.yml", "services:\n  web:\n   image: a\n  db: {image: b\n"),
        ("docker-compose.yml", "services: {}\n"),
        ("docker-compose.yml", "web:\n  image: a\n"),
        ("docker-compose.yml", "services: {web: {}}\n"),
        ("docker-compose.yml", "services: {\"a b\": {image: x}}\n"),
        ("docker-compose.yml", "services: {web: {image: \"A B\"}}\n"),
        ("docker-compose.yml", "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}\n"),
        (
            "docker-compose.yml",
            "services: {a: {image: x}}\nvolumes: {v: {driver_opts: {type: none, o: bind, device: /}}}\n",
        ),
        ("docker-compose.yml", "services: {a: {image: x}}\nvolumes: {v: {external: true}}\n"),
        ("docker-compose.yml", "services: {a: {image: x}}\nnetworks: {n: {external: true}}\n"),
        ("docker-compose.yml", "services: {a: {image: x}}\nnetworks: {n: {driver: host}}\n"),
        ("docker-compose.yml", "services: {a: {image: x}}\ninclude: [other.yml]\n"),
        ("docker-compose.yml", "services: {a: !reset {image: x}}\n"),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": \"4\"}"),
        ("Dockerrun.aws.json", "{\n  \"AWSEBDockerrunVersion\": \"1\",\n}"),
        ("Dockerrun.aws.json", "AWSEBDockerrunVersion: 1\n"),
        ("Dockerrun.aws.json", "[1]"),
        ("Dockerrun.aws.json", "{}"),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1}"),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1, \"Image\": {\"Name\": \"x\"}}"),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1, \"Image\": {\"Update\": true}}"),
        (
            "Dockerrun.aws.json",
            "{\"AWSEBDockerrunVersion\": 1, \"Image\": {\"Name\": \"x\"}, \"Ports\": [{\"ContainerPort\": 0}]}",
        ),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1, \"Authentication\": {\"Bucket\": \"b\"}}"),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 2}"),
        (
            "Dockerrun.aws.json",
            "{\"AWSEBDockerrunVersion\": 2, \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\"}]}",
        ),
        (
            "Dockerrun.aws.json",
            "{\"AWSEBDockerrunVersion\": 2, \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\", \"memory\": 4, \"privileged\": true}]}",
        ),
        (
            "Dockerrun.aws.json",
            "{\"AWSEBDockerrunVersion\": 2, \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\", \"memory\": 4, \"links\": [\"b\"]}]}",
        ),
        (
            "Dockerrun.aws.json",
            "{\"AWSEBDockerrunVersion\": 2, \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\", \"memory\": 4, \"linuxParameters\": {\"devices\": []}}]}",
        ),
        ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 3}"),
        ("app/Dockerfile", "FROM x"),
        ("app/index.html", ""),
        ("dockerfile", "FROM x"),
        ("index.html", ""),
    ] {
        tell(&format!("{name}: {text}"), read(&[(name, text)]));
    }
    tell("nothing", read(&[]));
    for (name, text) in [
        (".ebextensions/a.config", "option_settings:\n  - a\n b: c\n"),
        (".ebextensions/a.config", "- a\n"),
        ("cron.yaml", "version: 2\ncron: []\n"),
        ("cron.yaml", "version: 1\n"),
        (
            "cron.yaml",
            "version: 1\ncron:\n- {name: a, url: /a, schedule: \"0 * * * *\"}\n- {name: a, url: /b, schedule: \"0 * * * *\"}\n",
        ),
        ("cron.yaml", "version: 1\ncron:\n- {name: a, url: a, schedule: \"0 * * * *\"}\n"),
        ("cron.yaml", "version: 1\ncron:\n- {name: a, url: /a, schedule: \"0 25 * * *\"}\n"),
        ("cron.yaml", "version: 1\ncron:\n- {name: a, url: /a, schedule: \"0 *\"}\n"),
        ("cron.yaml", "version: 1\ncron:\n- {name: a, url: /a, schedule: \"0 0 30 2 *\"}\n"),
        ("cron.yaml", "version: 1\ncron:\n- {name: a, schedule: \"0 0 * * *\"}\n"),
        ("env.yaml", "EnvironmentTier: {Name: Web}\n"),
        ("env.yaml", "AWSConfigurationTemplateVersion: 2\n"),
        ("Procfile", "web run\n"),
    ] {
        tell(&format!("{name}: {text}"), read(&[("Dockerfile", "FROM x"), (name, text)]));
    }
    let large = "#".repeat((1 << 20) + 1);
    tell("a large Compose file", read(&[("docker-compose.yml", &large)]));
    insta::assert_snapshot!("wrong", told);
}

#[test]
fn what_compose_files_ask_for_in_vain_is_named() {
    let text = "services:\n  web:\n    image: a\n    container_name: x\n    tty: true\n    links: [db]\n    platform: linux/arm64\n    \
                secrets: [s]\n    ipc: shareable\n    x-own: 1\n  db: {image: \"b:$TAG\", dns: 1.1.1.1}\nsecrets: {s: {file: s}}\n";
    let found = read(&[("docker-compose.yml", text), ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1}")]);
    // Nothing is set, so the image has no tag.
    assert!(found.unwrap_err().contains("is no image"));
    let found = read_with(
        &[("docker-compose.yml", text), ("Dockerrun.aws.json", "{\"AWSEBDockerrunVersion\": 1}")],
        &[("TAG", "1")],
    );
    insta::assert_snapshot!("in_vain", said(&found.unwrap().warnings).join("\n"));
}

#[test]
fn links_in_a_bundle_are_followed_within_it() {
    let folder = directory(&[("app/compose.real", "services: {web: {image: a, env_file: e}}")]);
    std::os::unix::fs::symlink("app/compose.real", folder.path().join("docker-compose.yml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("e")).unwrap();
    let root = File::open(folder.path()).unwrap();
    let error = bundle::read(root.as_fd(), &Variables::new()).unwrap_err();
    assert!(error.to_string().contains("which is not in the bundle"), "{error}");
}

fn all(bytes: &[u8]) {
    let warnings = &mut Vec::new();
    let variables = Variables::new();
    let _ = compose::parse("f", bytes, &variables, warnings);
    let _ = dockerrun::parse("f", bytes, warnings);
    let _ = extensions::parse("f", bytes, warnings);
    let _ = cron::parse("f", bytes, warnings);
    let _ = manifest::parse("f", bytes, warnings);
    let _ = processes::parse("f", bytes, warnings);
    let _ = dotenv::parse("f", bytes, dotenv::Format::Compose, &variables, warnings);
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        all(&bytes);
    }

    #[test]
    fn any_change_of_a_compose_file_ends(at in any::<prop::sample::Index>(), text in "[-:\\[\\]{}$a1 \n\"/.]{0,6}", length in 0..20usize) {
        let mut bytes = COMPOSE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, text.bytes());
        all(&bytes);
    }
}
