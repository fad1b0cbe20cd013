"""Images of PostgreSQL and MariaDB in the shape of the official ones, made of Debian's packages."""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import botocore.exceptions
import pytest

import lib

PASSWORD = "correct-horse-battery"
POSTGRES, MARIADB = "15", "10.11"
# Libraries that both need.
COMMON = """libc6 libgcc-s1 libstdc++6 libssl3 liblz4-1 liblzma5 libzstd1 libreadline8 libtinfo6 libsystemd0 libpam0g
libselinux1 libpcre2-8-0 libgcrypt20 libgpg-error0 libcap2 libaudit1 libcap-ng0 zlib1g""".split()
# The server, its client, and their libraries but for those that only translate or compile queries.
PACKAGES = {
    "postgres": ["postgresql-15", "postgresql-client-15"] + """libpq5 libicu72 libxml2 libldap-2.5-0 libgssapi-krb5-2
libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 libsasl2-2 libcom-err2 libgnutls30 libnettle8 libhogweed6 libgmp10
libidn2-0 libunistring2 libp11-kit0 libtasn1-6 libffi8""".split(),
    "mariadb": """mariadb-server-core mariadb-client-core mariadb-common libmariadb3 libaio1 liburing2 libsnappy1v5
libncurses6 libncursesw6 libedit2 libbsd0 libmd0 libnuma1 libpmem1 libndctl6 libdaxctl1 libkmod2 libcrypt1
libudev1""".split(),
}
NEEDLESS = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/lib/x86_64-linux-gnu/gconv",
            "usr/lib/postgresql/15/lib/bitcode", "usr/lib/postgresql/15/lib/llvmjit.so"]
PASSWD = """root:x:0:0:root:/root:/bin/sh
postgres:x:999:999::/var/lib/postgresql:/bin/sh
mysql:x:998:998::/var/lib/mysql:/bin/sh
"""
GROUP = "root:x:0:\npostgres:x:999:\nmysql:x:998:\n"

# What the official image's entrypoint does on an empty volume, and on one that is not: the user, the password and the
# database that its variables name, with the server listening on its socket only until they are there.
POSTGRES_ENTRYPOINT = """#!/bin/sh
set -e
test -z "$POSTGRES_PASSWORD_FILE" || POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
unset POSTGRES_PASSWORD_FILE
test "${1#-}" = "$1" || set -- postgres "$@"
test "$1" = postgres || exec "$@"
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
mkdir -p "$PGDATA" /var/run/postgresql
chown -R postgres:postgres "$PGDATA" /var/run/postgresql
chmod 700 "$PGDATA"
as() { su postgres -s /bin/sh -c 'exec "$0" "$@"' -- "$@"; }
if test ! -s "$PGDATA/PG_VERSION"; then
    test -n "$POSTGRES_PASSWORD" || { echo "POSTGRES_PASSWORD is not set" >&2; exit 1; }
    : "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
    printf '%s\\n' "$POSTGRES_PASSWORD" > /tmp/password
    chown postgres /tmp/password
    as initdb --no-sync --locale=C --encoding=UTF8 --username="$POSTGRES_USER" --pwfile=/tmp/password
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    as pg_ctl -w -o "-c listen_addresses=''" start
    test "$POSTGRES_DB" = postgres || echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | as psql -q -U "$POSTGRES_USER" -d postgres
    as pg_ctl -w -m fast stop
fi
exec su postgres -s /bin/sh -c 'exec "$0" "$@"' -- "$@"
"""
MARIADB_ENTRYPOINT = """#!/bin/sh
set -e
test -z "$MYSQL_ROOT_PASSWORD_FILE" || MYSQL_ROOT_PASSWORD="$(cat "$MYSQL_ROOT_PASSWORD_FILE")"
test -z "$MYSQL_PASSWORD_FILE" || MYSQL_PASSWORD="$(cat "$MYSQL_PASSWORD_FILE")"
unset MYSQL_ROOT_PASSWORD_FILE MYSQL_PASSWORD_FILE
test "$1" = mariadbd || exec "$@"
mkdir -p /var/lib/mysql /run/mysqld
chmod 1777 /tmp
chown -R mysql:mysql /var/lib/mysql /run/mysqld
if test ! -d /var/lib/mysql/mysql; then
    test -n "$MYSQL_ROOT_PASSWORD" || { echo "MYSQL_ROOT_PASSWORD is not set" >&2; exit 1; }
    mariadb-install-db --user=mysql --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=normal > /dev/null
    mariadbd --user=mysql --skip-networking --socket=/run/mysqld/mysqld.sock &
    until mariadb -u root --protocol=socket -e "SELECT 1" > /dev/null 2>&1; do sleep 0.1; done
    {
        test -z "$MYSQL_DATABASE" || echo "CREATE DATABASE \\`$MYSQL_DATABASE\\`;"
        if test -n "$MYSQL_USER"; then
            echo "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD';"
            test -z "$MYSQL_DATABASE" || echo "GRANT ALL ON \\`$MYSQL_DATABASE\\`.* TO '$MYSQL_USER'@'%';"
        fi
        echo "CREATE USER 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD'; GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
        echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';"
    } | mariadb -u root --protocol=socket
    MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mariadb -u root --protocol=socket -e SHUTDOWN
    wait
fi
exec "$@" --user=mysql --bind-address=0.0.0.0 --socket=/run/mysqld/mysqld.sock
"""


def postgres():
    """The image's archive, made once."""
    return archive("postgres", POSTGRES, POSTGRES_ENTRYPOINT, {
        "Cmd": ["postgres"], "Env": ["PATH=/usr/lib/postgresql/15/bin:/bin"], "ExposedPorts": {"5432/tcp": {}},
        "Volumes": {"/var/lib/postgresql/data": {}}, "StopSignal": "SIGINT"})


def mariadb():
    return archive("mariadb", MARIADB, MARIADB_ENTRYPOINT, {
        "Cmd": ["mariadbd"], "Env": ["PATH=/usr/sbin:/usr/bin:/bin"], "ExposedPorts": {"3306/tcp": {}},
        "Volumes": {"/var/lib/mysql": {}}})


def archive(name, version, entrypoint, config):
    known = hashlib.sha256(f"{entrypoint}{config}".encode()).hexdigest()[:8]
    path = lib.CACHE / f"{name}-{version}-{known}.tar"
    with lib.locked(name):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
                part = path.with_suffix(".part")
                part.write_bytes(made(pathlib.Path(folder), name, version, entrypoint, config))
                part.rename(path)
    return path


def made(folder, name, version, entrypoint, config):
    debs, root = folder / "debs", folder / "root"
    debs.mkdir()
    download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *COMMON, *PACKAGES[name]]
    if subprocess.run(download, cwd=debs, capture_output=True).returncode:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(download, cwd=debs, check=True)
    for deb in debs.iterdir():
        subprocess.run(["dpkg", "-x", deb, root], check=True)
    for needless in NEEDLESS:
        place = root / needless
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    with tarfile.open(lib.busybox_archive()) as saved:
        layer = next(member for member in saved.getnames() if member.endswith("layer.tar"))
        busybox = saved.extractfile(layer).read()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as layer:
        for member in sorted(os.listdir(root)):
            layer.add(root / member, member, filter=owned)
        for path, text in {"usr/local/bin/entrypoint": entrypoint, "etc/passwd": PASSWD, "etc/group": GROUP}.items():
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = 0o755, len(text)
            layer.addfile(entry, io.BytesIO(text.encode()))
    config = {"Entrypoint": ["/usr/local/bin/entrypoint"]} | config
    return lib.save_archive([busybox, out.getvalue()], config, f"{name}:{version}")


def owned(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


# What a test asks of databases.

def instances(rds):
    return rds.describe_db_instances()["DBInstances"]


def servers(cloud, all=True):
    """The containers of databases."""
    listed = cloud.api("GET", f"/containers/json?all={int(all)}")[1]
    return [each for each in listed if "com.dabba.rds.instance" in each["Labels"]]


def available(rds, name):
    waiter = rds.get_waiter("db_instance_available")
    try:
        waiter.wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    except botocore.exceptions.WaiterError as error:
        raise AssertionError(f"{error}: {instances(rds)}") from None


def deleted(rds, name):
    waiter = rds.get_waiter("db_instance_deleted")
    waiter.wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def unseen(cloud, docker, server, *passwords):
    """Nobody who may inspect a container sees its passwords, and on the host nobody but root does."""
    told = json.dumps(docker.inspect(server["Id"]))
    assert not [each for each in passwords if each in told or json.dumps(each)[1:-1] in told], told
    folder = cloud.root / "data" / "aws" / "databases"
    status = folder.stat()
    assert (status.st_mode & 0o777, status.st_uid) == (0o700, 0)
    return [(folder / server["Labels"]["com.dabba.rds.instance"]).read_text()]


def psql(docker, server, address, user, password, database, statement):
    """What PostgreSQL says to whoever comes by its network with a password: not by its socket, which trusts everybody."""
    return docker.run("exec", "-e", f"PGPASSWORD={password}", server["Id"], "psql", "-X", "-q", "-A", "-t", "-h", address,
                      "-U", user, "-d", database, "-c", statement, check=False)


# Fixtures of the tests that import them.

@pytest.fixture(scope="module", autouse=True)
def image(module_cloud):
    """The engine's image, under its official name."""
    module_cloud.load(postgres())


@pytest.fixture
def rds(cloud):
    return cloud.client("rds")


@pytest.fixture
def docker(cloud):
    return lib.Client(cloud, next(iter(lib.clients().values())))
