"""WordPress of Debian's packages on Octavo: it is set up, written to and read as people do it, by HTTP."""

from __future__ import annotations

import http.cookiejar
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from lib.mysql_clients import run_program
from lib.patience import patient

PACKAGE = pathlib.Path("/usr/share/wordpress")
THEME = "twentytwentyone"
MISSING = [name for name, there in {
    "php": shutil.which("php"), "WordPress": (PACKAGE / "wp-load.php").exists(),
    "its theme": (PACKAGE / "wp-content" / "themes" / THEME).exists(),
    "php-mysql": shutil.which("php") and "mysqli" in subprocess.run(
        ["php", "-m"], text=True, capture_output=True, check=False).stdout.split(),
}.items() if not there]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', getenv('OCTAVO_MYSQL')); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $what) {
  define($what . '_KEY', $what); define($what . '_SALT', $what);
}
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', __DIR__ . '/debug.log');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEFAULT_THEME', 'THEME');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
""".replace("THEME", THEME, 1)
PASSWORD = "pass word 1"


class Site:
    """PHP's own web server over a copy of WordPress, and a browser with cookies."""

    def __init__(self, folder: pathlib.Path, database: str):
        self.folder = folder / "site"
        # The package's links lead out of its folder, to the administrator's settings.
        shutil.copytree(PACKAGE, self.folder, ignore=shutil.ignore_patterns("wp-config.php", "languages"))
        (self.folder / "wp-config.php").write_text(CONFIG, encoding="ascii")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            ["php", "-d", "memory_limit=256M", "-S", f"127.0.0.1:{self.port}", "-t", str(self.folder)],
            env={**os.environ, "OCTAVO_MYSQL": database}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.nonce = ""
        deadline = time.monotonic() + patient(30)
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline and self.process.poll() is None, "PHP does not answer"
            time.sleep(0.02)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def errors(self) -> list[str]:
        log = self.folder / "debug.log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        return [line for line in text.splitlines() if "database error" in line]

    def page(self, path: str, form: dict[str, str] | None = None) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.browser.open(self.address + path, data, timeout=patient(60)) as reply:
            return reply.read().decode()

    def rest(self, method: str, route: str, body: dict | None = None, **arguments):
        address = f"{self.address}/?{urllib.parse.urlencode({'rest_route': route, **arguments})}"
        request = urllib.request.Request(address, json.dumps(body).encode() if body else None, method=method,
                                         headers={"X-WP-Nonce": self.nonce, "Content-Type": "application/json"})
        with self.browser.open(request, timeout=patient(60)) as reply:
            return json.load(reply)


@pytest.fixture(name="site", scope="module")
def that_is_set_up(server, tmp_path_factory):
    address = server.addresses["mysql"]
    run_program(address, "mariadb", "-e", "CREATE DATABASE wordpress")
    site = Site(tmp_path_factory.mktemp("wordpress"), "{}:{}".format(*address))
    try:
        told = site.page("/wp-admin/install.php?step=2", {
            "weblog_title": "A blog", "user_name": "editor", "admin_password": PASSWORD,
            "admin_password2": PASSWORD, "pw_weak": "1", "admin_email": "a@example.com", "blog_public": "0"})
        assert "Success" in told, told[-3000:] + "\n".join(site.errors())
        site.page("/wp-login.php")
        told = site.page("/wp-login.php", {"log": "editor", "pwd": PASSWORD, "testcookie": "1",
                                           "redirect_to": f"{site.address}/wp-admin/"})
        assert "Dashboard" in told
        site.nonce = site.page("/wp-admin/admin-ajax.php?action=rest-nonce")
        yield site
    finally:
        site.close()


def test_a_blog_is_written_and_read(site):
    def ids(**arguments):
        return [post["id"] for post in site.rest("GET", "/wp/v2/posts", **arguments)]

    tags = [site.rest("POST", "/wp/v2/tags", {"name": f"tag {i}"})["id"] for i in range(2)]
    category = site.rest("POST", "/wp/v2/categories", {"name": "Wörds 𝄞"})["id"]
    posts = [site.rest("POST", "/wp/v2/posts", {
        "title": f"Post {i} ünï", "content": f"body of number{i} " * 20, "status": "publish",
        "tags": [tags[i % 2]], "categories": [category]})["id"] for i in range(4)]
    first = posts[0]
    edited = site.rest("POST", f"/wp/v2/posts/{first}", {"title": "Another title", "content": "quite newword"})
    assert edited["title"]["raw"] == "Another title"
    assert len(site.rest("GET", f"/wp/v2/posts/{first}/revisions")) == 1
    comment = site.rest("POST", "/wp/v2/comments", {"post": first, "content": "A nice comment ☺"})
    assert comment["status"] == "approved"

    assert ids(search="newword") == [first]
    assert sorted(ids(tags=tags[1], orderby="title")) == sorted(posts[1::2])
    assert set(posts[1::2]) & set(ids(tags_exclude=tags[1])) == set()
    assert ids(categories=category, per_page=2, offset=1, orderby="id", order="asc") == posts[1:3]
    shown = site.page(f"/?p={first}")
    for text in ("Another title", "quite newword", "A nice comment ☺", "Wörds 𝄞"):
        assert text in shown
    assert "Post 3 ünï" in site.page("/")
    assert "body of number1" in site.page("/?s=number1+body")
    assert "body of number1" not in site.page("/?s=newword+title")
    assert "<rss" in site.page("/?feed=rss2")
    listed = site.page("/wp-admin/edit.php?orderby=comment_count&order=desc")
    assert 0 < listed.index("Another title") < listed.index("Post 2 ünï")
    assert "A nice comment ☺" in site.page("/wp-admin/edit-comments.php")

    assert site.rest("DELETE", f"/wp/v2/posts/{first}")["status"] == "trash"
    assert site.rest("DELETE", f"/wp/v2/tags/{tags[0]}", force="true")["deleted"]
    with pytest.raises(urllib.error.HTTPError):
        site.page(f"/?p={first}")
    assert ids(search="newword") == []
    assert site.errors() == []
